"""The examples of clients/python, as whole programs, against the real server: over gRPC and over Connect."""

import datetime
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from zoneinfo import ZoneInfo

from locker import Locker
from servers import ROOT, Latchkey, wait_until

EXAMPLES = ROOT / "clients/python/examples"


class Running:
    """An example that runs, with what it has said so far."""

    def __init__(self, script, arguments, environment):
        # Opened for writing and for reading on its own: one position for both would let it write over what it said.
        self.output = tempfile.NamedTemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, script, *arguments],
            stdin=subprocess.PIPE,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
        )

    def said(self):
        return Path(self.output.name).read_text("utf-8")

    def says(self, pattern, seconds=30):
        """Waits until it says something that fits."""
        found = wait_until(
            lambda: re.search(pattern, self.said()) or self.process.poll() is not None, seconds
        )
        match = re.search(pattern, self.said())
        assert match, f"'{pattern}' is not in: {self.said()} ({found})"
        return match

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ends(self, seconds=60):
        code = self.process.wait(seconds)
        self.process.stdin.close()
        return code

    def stop(self):
        self.process.terminate()
        self.ends()
        self.output.close()


class Examples:
    """`library` is the folder of the examples, and `is_secured` whether they go over TLS."""

    library, is_secured = "", False

    def setUp(self):
        self.server = Latchkey(tls=self.is_secured)
        self.addCleanup(self.server.stop)
        self.server.furnish()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, script, *arguments):
        trusted = ["--trusted", self.server.endpoint.authority] if self.is_secured else []
        running = Running(
            EXAMPLES / self.library / script,
            [*arguments, "--server", self.server.endpoint.url, *trusted],
            {"LATCHKEY_API_KEY": self.server.api_key, "LATCHKEY_PASSWORD": self.server.password},
        )
        self.addCleanup(running.stop)
        return running

    def import_file(self, *lines):
        file = self.folder / "appointments.csv"
        file.write_text("\n".join(["number,date,time,plate", *lines]))
        running = self.start("import_work_orders.py", "--location", "1", file)
        return running.ends(), running.said()

    @property
    def today(self):
        return datetime.datetime.now(ZoneInfo("Europe/Amsterdam")).date()

    def test_A3_work_orders_are_imported_and_bad_lines_reported(self):
        self.assertEqual(
            self.import_file("1,2031-03-01,08:00,AB-123-C", "2,2031-03-01,08:30,AB-124-C"),
            (0, "2 new, 0 changed, 0 unchanged\n"),
        )
        code, said = self.import_file(
            "1,2031-03-01,09:00,AB-123-C", "2,2031-03-01,08:30,AB-124-C", "3,soon,,"
        )
        self.assertEqual(code, 1)
        self.assertIn("0 new, 1 changed, 1 unchanged\n", said)
        self.assertIn("line 4: date: ", said)

    def test_A5_what_is_refused_is_told(self):
        running = self.start("import_work_orders.py", "--location", "9", os.devnull)
        self.assertEqual(running.ends(), 1)
        self.assertRegex(running.said(), r"^(INVALID_ARGUMENT|NOT_FOUND) \([A-Z_]+\): .+")

    def test_A3_events_are_followed_from_a_cursor_even_when_the_server_was_away(self):
        cursor = self.folder / "cursor"
        follow = lambda: self.start("follow_events.py", "--location", "1", "--cursor", cursor)
        first = follow()
        first.says(r"API_KEY_CREATED")
        seen = int(first.said().split("\n")[-2].split()[0])
        wait_until(lambda: cursor.exists() and cursor.read_text() == str(seen))
        first.stop()

        self.import_file("1,2031-03-01,08:00,AB-123-C")
        second = follow()
        number = int(second.says(r"^(\d+) \S+ WORK_ORDER_").group(1))
        self.assertEqual(number, seen + 1)

        port = self.server.endpoint.port
        self.assertEqual(self.server.end(), 0, self.server.log.read_text("utf-8"))
        second.says(r"UNAVAILABLE")
        self.server.start(port)
        self.import_file("2,2031-03-01,08:30,AB-124-C")
        second.says(rf"(?m)^{number + 1} \S+ WORK_ORDER_")
        second.stop()

        cursor.write_text("1000000")
        ahead = follow()
        self.assertEqual(ahead.ends(), 1)
        self.assertIn("OUT_OF_RANGE (CURSOR_AHEAD)", ahead.said())

    def take_out(self):
        """A key in a locker, and a tablet that waits for the QR."""
        locker = Locker(self.server)
        self.addCleanup(locker.close)
        self.import_file(f"4711,{self.today},23:59,AB-123-C")
        locker.drop(self.server.run("pin", "4711").split()[0])

        state = self.folder / "tablet.json"
        code = self.server.run("enroll", "tablet", "--name", "Tablet 1").strip()
        enrolling = self.start("tablet.py", "enroll", "--state", state, "--code", code)
        self.assertEqual((enrolling.ends(), enrolling.said()), (0, "enrolled as 'Tablet 1'\n"))
        self.assertEqual(state.stat().st_mode & 0o777, 0o600)

        tablet = self.start("tablet.py", "take-out", "--state", state, "--user", "anna", "--work-order", "1")
        tablet.says(r"box \d of 'Entrance'; type the QR on its screen:")
        return locker, tablet

    def test_H3_a_tablet_takes_a_key_out(self):
        locker, tablet = self.take_out()
        tablet.tell(locker.shown_token())
        self.assertEqual(tablet.ends(), 0, tablet.said())
        self.assertTrue(tablet.said().endswith("HANDOVER_STATE_COMPLETED\n"), tablet.said())
        self.assertIn("key collected", self.server.run("timeline", "4711"))

    def test_H2_a_tablet_is_told_that_a_QR_is_not_good(self):
        locker, tablet = self.take_out()
        tablet.tell(locker.shown_token()[:-10] + "A" * 10)
        self.assertEqual(tablet.ends(), 1)
        self.assertIn("(QR_NOT_VALID)", tablet.said())


class OverGRPC(Examples, unittest.TestCase):
    library = "grpc"


class OverGRPCAndTLS(OverGRPC):
    is_secured = True


class OverConnect(Examples, unittest.TestCase):
    library = "connect"


class OverConnectAndTLS(OverConnect):
    is_secured = True


if __name__ == "__main__":
    unittest.main()
