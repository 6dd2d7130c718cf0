"""The real programs, as tests use them: simulated board and controller, with their files in one folder."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = Path(os.environ.get("PROGRAMS", Path(__file__).parent / "../../../.build-c/locker/test")).resolve()
LOCKER, BOARD, VERIFIER = (
    str(PROGRAMS / name) for name in ("latchkey-locker", "latchkey-board", "verify_assertion")
)


def wait_until(condition, seconds=15, every=0.01):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(every)
    return False


def children(pid):
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Board:
    """The simulated board; say() gives it a command and returns the answer."""

    def __init__(self, folder, *arguments):
        self.link, self.log, self.path = f"{folder}/tty", f"{folder}/openings", f"{folder}/control"
        self.arguments = [BOARD, "--link", self.link, "--log", self.log, "--control", self.path, *arguments]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, text=True)
        self.tty = self.process.stdout.readline().strip()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(self.path)
        self.stream = self.socket.makefile("r")

    def say(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self.stream.readline().strip()

    def do(self, line):
        answer = self.say(line)
        assert answer.startswith("ok"), f"{line}: {answer}"
        return answer

    def openings(self, door=None):
        """Lines of the board's own log: (door, cause)."""
        lines = re.findall(
            r"door (\d+) (\w+)", Path(self.log).read_text() if os.path.exists(self.log) else ""
        )
        return [(int(number), cause) for number, cause in lines if door in (None, int(number))]

    def pulses(self, door):
        return int(re.search(rf" {door}=\S*pulses:(\d+)", self.do("state")).group(1))

    def counts(self):
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", self.do("log"))}

    def stop(self):
        self.stream.close()
        self.socket.close()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        self.process.stdout.close()
        assert code == 0, f"the board ended with {code}"


class Controller:
    """latchkey-locker with its state directory; may be started again and again."""

    level = "debug"

    def __init__(self, folder, server, *arguments, host="127.0.0.1"):
        self.state, self.errors = f"{folder}/state", f"{folder}/locker.log"
        self.server, self.host, self.arguments = server, host, arguments
        self.process = None

    def address(self):
        return f"{self.host}:{self.server.port}"

    def enroll(self, *arguments, code="abcd-efgh-jklm-npqr"):
        return subprocess.run(
            [LOCKER, "enroll", "--server", self.address(), "--state", self.state, "--code", code, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self, tty, prefix=(), **streams):
        with open(self.errors, "a") as errors:
            self.process = subprocess.Popen(
                [
                    *prefix,
                    LOCKER,
                    "run",
                    "--server",
                    self.address(),
                    "--state",
                    self.state,
                    "--port",
                    tty,
                    "--log-level",
                    self.level,
                    *self.arguments,
                ],
                **{"stderr": errors, "stdout": subprocess.PIPE, **streams},
            )
        return self.process

    def log(self):
        return Path(self.errors).read_text() if os.path.exists(self.errors) else ""

    def end(self):
        """Waits for the end; returns the exit status."""
        code = self.process.wait(15)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return code

    def kill(self):
        self.process.kill()
        self.end()

    def stop(self):
        """Ends in order; returns the exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.end()


def certificate(folder, name="localhost"):
    """A self-signed certificate for a name and 127.0.0.1: (certificate file, key file)."""
    files = f"{folder}/{name}.pem", f"{folder}/{name}.key"
    subprocess.run(
        [
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
            "-subj",
            f"/CN={name}",
            "-addext",
            f"subjectAltName=DNS:{name}",
            "-out",
            files[0],
            "-keyout",
            files[1],
        ],
        check=True,
        capture_output=True,
    )
    return files


def folder():
    return tempfile.TemporaryDirectory(prefix="latchkey-")
