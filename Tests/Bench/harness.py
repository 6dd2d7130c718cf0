"""What every benchmark needs: programs pinned to a core, a server on a data directory, rounds, results."""

import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / ".build-bench"
SERVER_CORE, CLIENT_CORE = "0", "1"
START_SECONDS = 60
STOP_SECONDS = 60


class Settings:
    """How thorough a run is. `smoke` shows that everything works; its figures mean nothing."""

    def __init__(self, configuration, rounds, smoke, work):
        self.binaries = ROOT / ".build" / configuration
        self.rounds = rounds
        self.smoke = smoke
        self.work = Path(work)

    def seconds(self, thorough):
        return 0.5 if self.smoke else thorough

    def count(self, thorough, smoke):
        return smoke if self.smoke else thorough

    @property
    def latchkey(self):
        return str(self.binaries / "latchkey")

    @property
    def bench(self):
        return str(self.binaries / "latchkey-bench")


class Failed(Exception):
    """A benchmark that cannot be believed, or could not be run."""


def pinned(core, *command):
    return ["taskset", "-c", core, *map(str, command)]


def run(core, *command, environment=None):
    """Runs a program to its end and gives its output."""
    done = subprocess.run(
        pinned(core, *command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise Failed(f"{Path(str(command[0])).name} {command[1:]} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def run_json(core, *command, environment=None):
    return json.loads(run(core, *command, environment=environment))


def client(*command):
    """A load generator on the client's core."""
    return run_json(CLIENT_CORE, PROGRAMS / command[0], *command[1:])


@contextlib.contextmanager
def process(core, *command, environment=None, output=subprocess.PIPE):
    """A program that runs as long as it is needed, on one core."""
    child = subprocess.Popen(
        pinned(core, *command), stdin=subprocess.PIPE, stdout=output, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, **(environment or {})})
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class Server:
    """A `latchkey serve` that runs."""

    def __init__(self, child, ports, start_seconds):
        self.child, self.start_seconds = child, start_seconds
        self.port, self.http_port = ports

    def resident_bytes(self, kind="VmRSS"):
        """All that is resident, or with `RssAnon` what is no file's."""
        text = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(rf"^{kind}:\s+(\d+) kB", text, re.M).group(1)) * 1024

    def open_descriptors(self):
        return len(list(Path(f"/proc/{self.child.pid}/fd").iterdir()))


@contextlib.contextmanager
def latchkey(settings, data, *arguments, environment=None, core=SERVER_CORE):
    """A server on a data directory, from when it listens until it has drained."""
    log = settings.work / "server.log"
    with open(log, "w") as output:
        began = time.monotonic()
        child = subprocess.Popen(
            pinned(core, settings.latchkey, "serve", "--data", data, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
                   "--calls-per-second", "1000000", *arguments),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})})
        try:
            yield Server(child, wait_for_ports(child, log), time.monotonic() - began)
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                code = child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                raise Failed("the server did not stop")
    if code != 0:
        raise Failed(f"the server ended with {code}: {log.read_text()[-2000:]}")


def wait_for_ports(child, log):
    """Where ttrpc is spoken, and where HTTP."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = re.search(r"address=127\.0\.0\.1:(\d+) .*http=127\.0\.0\.1:(\d+) ", log.read_text())
        if found:
            return int(found.group(1)), int(found.group(2))
        if child.poll() is not None:
            break
        time.sleep(0.002)
    raise Failed(f"the server does not listen: {log.read_text()[-2000:]}")


class Fleet:
    """A furnished data directory, of which each round gets a fresh copy."""

    def __init__(self, settings, name, locations, lockers_per_location, compartments):
        self.settings = settings
        self.original = settings.work / f"{name}-original"
        self.copy = settings.work / f"{name}-data"
        self.plan = settings.work / f"{name}-plan"
        # The first start draws the server's keys.
        with latchkey(settings, self.original):
            pass
        self.plan.write_text(run(
            CLIENT_CORE, settings.bench, "furnish", self.original, locations, lockers_per_location,
            compartments))

    def fresh(self):
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.original, self.copy, ignore=shutil.ignore_patterns("*.sock"))
        os.sync()
        return self.copy


def make_certificate(settings):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    path, key = settings.work / "server.pem", settings.work / "server.key"
    if not path.exists():
        run(CLIENT_CORE, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", key, "-out", path)
    return path, key


def directory_bytes(path):
    return sum(file.stat().st_size for file in Path(path).iterdir() if file.name.startswith("latchkey.db"))


def median(values):
    return statistics.median(values)


def result(ratio, bar, better, **detail):
    return {"ratio": round(ratio, 4), "bar": bar, "better": better, "detail": detail}


@contextlib.contextmanager
def workplace():
    """A directory on the project's file system, not in memory, that goes with the run."""
    parent = PROGRAMS / "data"
    parent.mkdir(parents=True, exist_ok=True)
    path = tempfile.mkdtemp(dir=parent)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
