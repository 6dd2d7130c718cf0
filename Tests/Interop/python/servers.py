"""Servers as clients find them: the real `latchkey serve`, and `interop-server` on the public library."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[3]
BINARIES = Path(os.environ.get("BINARIES", ROOT / ".build/debug"))
START_SECONDS, STOP_SECONDS = 60, 30


def wait_until(condition, seconds=15, every=0.01):
    """What the condition gives once that is true; its last word when the time is over."""
    until = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < until:
        time.sleep(every)
    return found


@dataclass(frozen=True)
class Endpoint:
    """Where a server is reached; over TLS where an authority vouches for it (a PEM file)."""

    port: int
    authority: Path | None = None

    @property
    def url(self):
        return f"{'https' if self.authority else 'http'}://127.0.0.1:{self.port}"

    @property
    def trusted(self):
        return self.authority.read_bytes() if self.authority else None


@dataclass(frozen=True)
class Certificates:
    """PEM files: what clients trust, and what servers show."""

    authority: Path
    chain: Path
    key: Path


@cache
def certificates():
    """An authority's and, from it, a server's on this machine; they go when the tests end."""
    certificates.folder = tempfile.TemporaryDirectory()
    folder = Path(certificates.folder.name)
    request = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    openssl = lambda *flags: subprocess.run([*request, *flags], check=True, capture_output=True, cwd=folder)
    openssl("-subj", "/CN=Authority", "-keyout", "authority-key.pem", "-out", "authority.pem")
    openssl(
        "-subj",
        "/CN=Server",
        "-CA",
        "authority.pem",
        "-CAkey",
        "authority-key.pem",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-addext",
        "basicConstraints=CA:FALSE",
        "-keyout",
        "key.pem",
        "-out",
        "chain.pem",
    )
    return Certificates(folder / "authority.pem", folder / "chain.pem", folder / "key.pem")


class InteropServer:
    """Serves `interop.v1.InteropService`, in plain text and over TLS."""

    def __init__(self):
        self.process = subprocess.Popen(
            [BINARIES / "interop-server", certificates().chain, certificates().key],
            stdout=subprocess.PIPE,
            text=True,
        )
        plain, tls = map(int, self.process.stdout.readline().split())
        self.plain, self.tls = Endpoint(plain), Endpoint(tls, certificates().authority)

    def stop(self):
        self.process.terminate()
        self.process.wait(STOP_SECONDS)
        self.process.stdout.close()


class Latchkey:
    """A `latchkey serve` on a data directory of its own, and the operator's commands beside it."""

    def __init__(self, *, tls=False):
        self.folder = tempfile.TemporaryDirectory()
        self.data = f"{self.folder.name}/data"
        self.certificates = certificates() if tls else None
        self.process = None
        self.start()

    def start(self, port=0):
        flags = ["--operations", "127.0.0.1:0"]
        if self.certificates:
            flags += ["--tls-certificate", self.certificates.chain, "--tls-key", self.certificates.key]
        self.log = Path(self.folder.name) / f"log-{time.monotonic_ns()}"
        with open(self.log, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [
                    BINARIES / "latchkey",
                    "serve",
                    "--data",
                    self.data,
                    "--listen",
                    "127.0.0.1:0",
                    "--http",
                    f"127.0.0.1:{port}",
                    *flags,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        listening = lambda: re.search(r" http=127\.0\.0\.1:(\d+)", self.log.read_text("utf-8"))
        found = (
            wait_until(lambda: listening() or self.process.poll() is not None, START_SECONDS) and listening()
        )
        assert found, self.log.read_text("utf-8")
        self.endpoint = Endpoint(int(found.group(1)), self.certificates and self.certificates.authority)

    def metrics(self):
        port = re.search(r" operations=127\.0\.0\.1:(\d+)", self.log.read_text("utf-8")).group(1)
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=STOP_SECONDS) as answer:
            return answer.read().decode()

    def end(self):
        """As an operator ends it. Gives the exit code."""
        try:
            self.log.with_suffix(".metrics").write_text(self.metrics(), encoding="utf-8")
        finally:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def stop(self):
        """Ends it for good; what it leaves must be in order."""
        if self.process.poll() is None:
            code = self.end()
            assert code == 0, f"the server ended with {code}: {self.log.read_text('utf-8')}"
        assert self.run("verify") == "clean\n"
        self.keep()
        self.folder.cleanup()

    def keep(self):
        """Moves logs and database where the environment wants them, to be searched: Tests/Logs/search.py."""
        if kept := os.environ.get("LATCHKEY_KEPT_RUNS"):
            place = Path(kept, str(uuid.uuid4()))
            place.mkdir(parents=True)
            for file in [*Path(self.folder.name).glob("log-*"), Path(self.data, "latchkey.db")]:
                shutil.move(file, place)

    def run(self, *command, text=None):
        """A command of the operator. Gives what it prints."""
        done = subprocess.run(
            [BINARIES / "latchkey", *command, "--data", self.data],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"latchkey {command}: {done.stderr}"
        return done.stdout

    def furnish(self):
        """A location with a locker, a mechanic and a program's API key."""
        self.run(
            "location",
            "add",
            "--dealer",
            "Garage",
            "--name",
            "Main street",
            "--zone",
            "Europe/Amsterdam",
            "--country",
            "NL",
        )
        self.location = 1
        self.run("locker", "add", "--name", "Entrance", "--compartments", "4", "--pin-to-drop")
        self.run("staff", "add", "anna", "--role", "mechanic", "--use-key-locker", text="correct horse\n")
        self.password = "correct horse"
        self.api_key = self.run("api-key", "add", "Office").strip()
