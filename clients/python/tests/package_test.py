"""The package as others get it: installed with pip into an environment of its own, and typed there."""

import subprocess
import sys
import tempfile
import unittest
import venv
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((PACKAGE / "examples").glob("*/*.py"))
# What checks types, at home in the project's environment, with stubs of what comes without types.
MYPY = [sys.executable, "-m", "mypy", "--strict", "--no-incremental"]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        venv.create(cls.folder / "environment", with_pip=True)
        cls.python = cls.folder / "environment/bin/python"
        run(cls.python, "-m", "pip", "install", "-q", f"{PACKAGE}[grpc,connect,device,types]")

    def test_it_is_whole(self):
        modules = "latchkey.grpc, latchkey.connect, latchkey.device, latchkey.pages"
        modules += "".join(
            f", latchkey.v1.{path.stem}" for path in (PACKAGE / "src/latchkey/v1").glob("*_*.py")
        )
        said = run(self.python, "-c", f"import {modules}; print(latchkey.__file__)", cwd=self.folder)
        self.assertTrue(Path(said.strip()).is_relative_to(self.folder), said)

    def test_examples_run_with_it(self):
        for example in EXAMPLES:
            with self.subTest(example.relative_to(PACKAGE)):
                self.assertIn("usage: ", run(self.python, example, "--help", cwd=self.folder))

    def test_examples_are_typed_by_it(self):
        for library, count in (("grpc", 4), ("connect", 3)):
            programs = [path for path in EXAMPLES if path.parent.name == library]
            self.assertEqual(len(programs), count)
            run(*MYPY, "--python-executable", self.python, *programs, cwd=self.folder)

    def test_it_is_typed_itself(self):
        run(*MYPY, "--config-file", PACKAGE / "pyproject.toml", "-p", "latchkey", cwd=PACKAGE / "src")


if __name__ == "__main__":
    unittest.main()
