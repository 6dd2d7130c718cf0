"""Two drops with the controller under strace; the trace goes to the file named by the argument."""

import os
import sys

trace = os.path.abspath(sys.argv[1])
os.environ.setdefault("PROGRAMS", ".")
os.environ["PROGRAMS"] = os.path.abspath(os.environ["PROGRAMS"])

from fake_server import FakeServer
from harness import PROGRAMS, Board, Controller, children, folder

with folder() as directory:
    server = FakeServer(str(PROGRAMS / "test" / "verify_assertion"))
    board = Board(directory)
    controller = Controller(directory, server)
    board.do("auto put 250")
    assert controller.enroll().returncode == 0
    process = controller.start(
        board.link,
        (
            "strace",
            "-f",
            "-y",
            "-x",
            "-s",
            "8192",
            "-qq",
            "-o",
            trace,
            "-e",
            "trace=write,writev,fdatasync,fsync",
        ),
    )
    assert server.watching(), controller.log()
    for sequence in (1, 2):
        server.unlock(sequence, 5)
        assert server.outcome(sequence).what == "OPENED_AND_CLOSED", controller.log()
    for child in children(process.pid):
        os.kill(child, 15)
    assert controller.end() == 0, controller.log()
    board.stop()
    server.stop()
    server.check()
