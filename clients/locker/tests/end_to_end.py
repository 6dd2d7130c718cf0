"""The real controller and simulated board against a fake server: every story of a door, over the wire."""

import os
import signal
import subprocess
import sys
import time
import unittest

from fake_server import FakeServer, Refusal
from harness import LOCKER, VERIFIER, Board, Controller, certificate, folder, wait_until

QUICK = {"left_open": 1000}


class Story(unittest.TestCase):
    """One server, board and controller for each test; `options` may differ."""

    board_options, controller_options, server_options, with_tls = (), (), {}, False

    def setUp(self):
        self.folder = folder()
        self.addCleanup(self.folder.cleanup)
        files = certificate(self.folder.name) if self.with_tls else None
        self.trust = ("--ca", files[0]) if files else ()
        self.server = FakeServer(VERIFIER, files, **self.server_options)
        self.addCleanup(self.server.check)
        self.addCleanup(self.server.stop)
        self.board = Board(self.folder.name, *self.board_options)
        self.addCleanup(self.board.stop)
        self.controller = Controller(
            self.folder.name,
            self.server,
            *self.trust,
            *self.controller_options,
            host="localhost" if files else "127.0.0.1",
        )
        self.addCleanup(self.end)

    def end(self):
        code = self.controller.stop()
        self.assertEqual(code, 0, self.controller.log()[-4000:])

    def enroll(self):
        result = self.controller.enroll(*self.trust)
        self.assertEqual(result.returncode, 0, result.stderr)

    def begin(self):
        """Enrolled, running, connected, and every door known."""
        self.enroll()
        self.resume()

    def resume(self):
        self.controller.start(self.board.link)
        self.assertTrue(self.server.watching(), self.log())
        found = lambda server: server.events(server.compartments).count("FOUND_CLOSED") >= 1
        self.assertTrue(self.server.wait(found), self.log())

    def log(self):
        return self.controller.log()[-4000:]

    def seen(self, compartment):
        """People are slower than status questions: the next thing happens once the open door was seen."""
        opened = lambda server: "DOOR_OPENED" in server.events(compartment)
        self.assertTrue(self.server.wait(opened), self.log())

    def numbers_rise(self):
        numbers = [report.number for report in self.server.reports]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))


class Enrolment(Story):
    def test_enrolment_keeps_a_private_key_that_authenticates(self):
        self.enroll()
        self.assertEqual(os.stat(self.controller.state).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(f"{self.controller.state}/identity").st_mode & 0o777, 0o600)
        self.assertEqual(sorted(os.listdir(self.controller.state)), ["identity", "journal", "lock"])
        self.resume()
        self.assertEqual(self.server.claims["dev"], 41)
        self.assertEqual(self.server.claims["aud"], "latchkey-test")

    def test_a_wrong_code_is_refused_with_the_way_out(self):
        result = self.controller.enroll(code="ZZZZ")
        self.assertEqual(result.returncode, 3)
        self.assertIn("ENROLLMENT_CODE_INVALID", result.stderr)
        self.assertIn("Ask for a new code", result.stderr)

    def test_S5_an_enrolment_whose_answer_was_lost_is_repeated_with_the_same_key(self):
        self.server.drop_when = "enroll"
        self.assertEqual(self.controller.enroll().returncode, 1)
        key = self.server.public_key
        self.enroll()
        self.assertEqual(self.server.public_key, key)
        self.assertEqual(len(self.server.enrollments), 1)

    def test_a_directory_serves_one_device(self):
        self.enroll()
        result = self.controller.enroll()
        self.assertEqual(result.returncode, 1)
        self.assertIn("already holds device 41", result.stderr)

    def test_run_before_enrolment_says_so(self):
        os.mkdir(self.controller.state, 0o700)
        result = subprocess.run(
            [
                LOCKER,
                "run",
                "--server",
                "127.0.0.1:1",
                "--state",
                self.controller.state,
                "--port",
                "/dev/null",
            ],
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, 1)
        self.assertIn("not enrolled", result.stderr)

    def test_S3_a_key_that_others_may_read_is_not_used(self):
        self.enroll()
        for name, mode in (("", 0o755), ("/identity", 0o640)):
            path = self.controller.state + name
            kept = os.stat(path).st_mode & 0o777
            os.chmod(path, mode)
            self.controller.start(self.board.link)
            self.assertEqual(self.controller.end(), 1)
            self.assertIn(f"{path} is open to other users", self.controller.log())
            self.assertIn(f"chmod {kept:o}", self.controller.log())
            os.chmod(path, kept)
        self.resume()

    def test_an_enrolment_whose_words_nobody_reads_is_kept(self):
        reader, writer = os.pipe()
        os.close(reader)
        enroll = [LOCKER, "enroll", "--server", self.controller.address(), "--state", self.controller.state]
        result = subprocess.run([*enroll, "--code", "abcd-efgh-jklm-npqr"], stdout=writer, timeout=60)
        os.close(writer)
        self.assertEqual(result.returncode, 0)
        self.resume()

    def test_two_controllers_do_not_share_a_directory(self):
        self.begin()
        result = subprocess.run(
            [
                LOCKER,
                "run",
                "--server",
                self.controller.address(),
                "--state",
                self.controller.state,
                "--port",
                self.board.link,
            ],
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, 1)
        self.assertIn("in use", result.stderr)


class Doors(Story):
    server_options = {"timing": QUICK}

    def test_L2_a_drop_is_opened_and_closed_again_with_the_key_inside(self):
        self.begin()
        started = time.time()
        self.server.unlock(1, 5)
        self.board.do("wait opened 5 5000")
        self.seen(5)
        self.board.do("key 5 in")
        self.assertTrue(self.server.wait(lambda server: "ITEM_IN" in server.events(5)), self.log())
        self.board.do("close 5")
        outcome = self.server.outcome(1)
        self.assertEqual(
            (outcome.what, outcome.item, outcome.compartment), ("OPENED_AND_CLOSED", "PRESENT", 5)
        )
        self.assertEqual(
            self.server.events(5, 1), ["ACCEPTED", "FIRED", "DOOR_OPENED", "ITEM_IN", "DOOR_CLOSED"]
        )
        self.assertEqual(self.board.openings(), [(5, "unlock")])
        self.assertTrue(started - 1 <= outcome.time <= time.time() + 1)
        self.numbers_rise()

    def test_L2_only_the_door_of_the_command_opens(self):
        self.begin()
        self.board.do("auto swap 250")
        for sequence, compartment in enumerate(range(1, 17), start=1):
            self.server.unlock(sequence, compartment)
            self.assertEqual(self.server.outcome(sequence).what, "OPENED_AND_CLOSED")
        self.assertEqual(self.board.openings(), [(compartment, "unlock") for compartment in range(1, 17)])
        counts = self.board.counts()
        self.assertEqual((counts["unlocks"], counts["unlocks_of_all"], counts["wrong_bytes"]), (16, 0, 0))
        self.assertEqual(counts["without_gap"], 0)
        self.assertEqual(counts["unlock_time_ms"], 200)

    def test_L2_a_jammed_door_is_tried_twice_and_reported(self):
        self.begin()
        self.board.do("jam 3 on")
        self.server.unlock(1, 3)
        self.assertEqual(self.server.outcome(1).what, "JAMMED")
        self.assertEqual(self.board.pulses(3), 2)
        self.assertEqual(self.board.openings(), [])
        self.board.do("jam 3 off")
        self.board.do("auto put 250")
        self.server.unlock(2, 3)
        self.assertEqual(self.server.outcome(2).what, "OPENED_AND_CLOSED")

    def test_L2_a_sticking_door_that_is_pulled_in_time_is_no_jam(self):
        self.begin()
        self.board.do("stick 4 on")
        self.server.unlock(1, 4)
        self.assertTrue(wait_until(lambda: self.board.pulses(4) == 1))
        self.assertEqual(self.board.do("open 4"), "ok")
        self.seen(4)
        self.board.do("close 4")
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")

    def test_L2_a_forced_door_is_an_alarm_without_a_command(self):
        self.begin()
        self.board.do("force 9")
        self.assertTrue(self.server.wait(lambda server: "FORCED" in server.events(9, 0)), self.log())
        self.server.unlock(1, 9)
        self.assertEqual((self.server.outcome(1).what, self.server.outcome(1).refusal), ("REFUSED", "BUSY"))
        self.board.do("close 9")
        self.assertTrue(self.server.wait(lambda server: "DOOR_CLOSED" in server.events(9, 0)))

    def test_L3_one_wrong_reading_is_no_alarm(self):
        self.begin()
        for _ in range(5):
            self.board.do("blip 3")
            self.assertTrue(wait_until(lambda: ",blips" not in self.board.do("state")))
            time.sleep(0.25)
        self.board.do("force 4")
        self.board.do("key 4 in")
        self.assertTrue(self.server.wait(lambda server: "ITEM_IN" in server.events(4)), self.log())
        self.assertEqual(self.server.events(3), ["ITEM_OUT", "FOUND_CLOSED"])
        self.assertEqual(sorted(self.server.events(4)), ["FORCED", "FOUND_CLOSED", "ITEM_IN", "ITEM_OUT"])

    def test_L2_a_door_left_open_is_an_alarm_and_ends_when_closed(self):
        self.begin()
        self.server.unlock(1, 2)
        self.assertTrue(self.server.wait(lambda server: "LEFT_OPEN" in server.events(2)), self.log())
        self.assertEqual(self.server.outcomes(1), [])
        self.board.do("close 2")
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")

    def test_L2_a_door_found_open_at_the_start_is_forced(self):
        self.board.do("force 6")
        self.begin()
        self.assertEqual(self.server.events(6), ["ITEM_OUT", "FORCED"])

    def test_L3_an_expired_command_never_fires(self):
        self.begin()
        self.server.unlock(1, 8, seconds=-0.5)
        outcome = self.server.outcome(1)
        self.assertEqual((outcome.what, outcome.refusal), ("REFUSED", "EXPIRED"))
        self.assertEqual(self.board.pulses(8), 0)

    def test_L3_commands_expire_by_the_servers_clock(self):
        self.server.clock_ahead = 86400.0
        self.begin()
        self.board.do("auto put 250")
        self.server.unlock(1, 8, seconds=5)
        outcome = self.server.outcome(1)
        self.assertEqual(outcome.what, "OPENED_AND_CLOSED")
        self.assertLess(abs(outcome.time - self.server.now()), 5)
        self.server.unlock(2, 8, seconds=-0.1)
        self.assertEqual(self.server.outcome(2).refusal, "EXPIRED")

    def test_a_compartment_that_the_locker_does_not_have_is_refused(self):
        self.begin()
        self.server.unlock(1, 17)
        self.assertEqual((self.server.outcome(1).what, self.server.outcome(1).refusal), ("REFUSED", "BOARD"))


class Stopping(Story):
    server_options = {"timing": {"cool_down": 1500, "window": 3000}}

    def test_L2_no_pulse_starts_while_the_controller_waits_for_its_last_reports(self):
        self.begin()
        self.board.do("auto put 250")
        self.server.unlock(1, 5)
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")
        self.server.unlock(2, 5)  # its coil is hot for a while
        self.assertTrue(self.server.wait(lambda server: "ACCEPTED" in server.events(5, 2)), self.log())
        self.server.mute_reports = True
        self.board.do("force 9")
        time.sleep(0.3)
        self.assertEqual(self.board.pulses(5), 1)
        started = time.monotonic()
        self.assertEqual(self.controller.stop(), 0)
        self.assertGreater(time.monotonic() - started, 1.5, "the report did not hold it up")
        self.assertEqual(self.board.pulses(5), 1)
        self.server.mute_reports = False
        self.resume()
        self.assertEqual(self.server.outcome(2).what, "OPENED_AND_CLOSED")
        self.assertEqual(self.board.pulses(5), 2)


class Resuming(Story):
    server_options = {"timing": QUICK}

    def test_L1_a_command_sent_twice_is_done_once(self):
        self.begin()
        self.board.do("auto put 250")
        self.server.unlock(7, 5)
        for _ in range(5):
            self.server.send_command(self.server.commands[0])
        self.assertEqual(self.server.outcome(7).what, "OPENED_AND_CLOSED")
        for _ in range(5):
            self.server.send_command(self.server.commands[0])
        self.server.unlock(8, 6)
        self.server.outcome(8)
        self.assertEqual(self.board.openings(5), [(5, "unlock")])
        self.assertEqual(self.board.pulses(5), 1)
        self.assertEqual(len(self.server.outcomes(7)), 1)

    def test_L1_a_connection_lost_with_the_door_open_goes_on_where_it_was(self):
        self.begin()
        self.server.unlock(1, 5)
        self.board.do("wait opened 5 5000")
        self.server.hang_up()
        self.seen(5)
        self.board.do("close 5")
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")
        self.assertEqual(self.board.pulses(5), 1)
        self.assertEqual(self.server.watches, [0, 1])
        self.numbers_rise()

    def test_L1_a_server_away_for_a_while_gets_everything_later(self):
        self.begin()
        self.server.unlock(1, 5)
        self.board.do("wait opened 5 5000")
        self.server.stop()
        time.sleep(0.5)
        self.board.do("close 5")
        self.board.do("force 6")
        time.sleep(1)
        self.server.listen()
        self.assertEqual(self.server.outcome(1, 40).what, "OPENED_AND_CLOSED")
        self.assertTrue(self.server.wait(lambda server: "FORCED" in server.events(6)))
        self.numbers_rise()

    def test_L1_a_report_whose_answer_is_lost_is_repeated_under_its_number(self):
        self.begin()
        self.server.drop_when = lambda report: report.event == "DOOR_OPENED"
        self.board.do("auto put 250")
        self.server.unlock(1, 5)
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")
        self.assertEqual(
            self.server.events(5, 1), ["ACCEPTED", "FIRED", "DOOR_OPENED", "ITEM_IN", "DOOR_CLOSED"]
        )
        self.numbers_rise()

    def test_L1_after_a_restored_server_nothing_that_waits_is_lost(self):
        self.begin()
        self.server.reports.clear()
        self.server.acknowledged = 3
        self.board.do("force 6")
        self.assertTrue(self.server.wait(lambda server: "FORCED" in server.events(6)), self.log())
        self.assertEqual([report.number for report in self.server.reports], [4])

    def test_L1_an_entry_that_the_server_never_takes_does_not_hold_up_the_rest(self):
        self.begin()

        def refuse(reports):
            if any(report.compartment == 6 for report in reports):
                raise Refusal("PERMISSION_DENIED", "NOT_YOUR_COMPARTMENT")

        self.server.refuse_reports = refuse
        self.board.do("force 6")
        self.board.do("force 7")
        self.assertTrue(self.server.wait(lambda server: "FORCED" in server.events(7)), self.log())
        self.assertIn("is given up", self.controller.log())
        self.numbers_rise()

    def test_L1_a_restart_in_order_with_the_door_open_reports_unknown_and_never_fires_again(self):
        self.begin()
        self.server.unlock(1, 5)
        self.board.do("wait opened 5 5000")
        self.assertTrue(self.server.wait(lambda server: "DOOR_OPENED" in server.events(5)))
        self.assertEqual(self.controller.stop(), 0)
        self.board.do("close 5")
        self.resume()
        self.assertEqual(self.server.outcome(1).what, "UNKNOWN")
        time.sleep(1)
        self.assertEqual(self.board.pulses(5), 1)

    def test_A2_a_server_that_breaks_the_protocol_is_left_and_tried_again(self):
        self.begin()
        header = (
            lambda length, stream, kind: length.to_bytes(4, "big")
            + stream.to_bytes(4, "big")
            + bytes([kind, 0])
        )
        breaches = [
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            header(4 * 1024 * 1024 + 1, 7, 3),
            header(0, 9999, 2),
            header(0, 2, 1),
            header(3, 7, 3) + b"\x0a\x7f\x01",
            header(2, 7, 3) + b"\x0a\x00",
        ]
        for breach in breaches:
            accepted = self.server.accepted
            self.assertTrue(self.server.watching())
            for connection in list(self.server.connections):
                stream = connection.streams.get(1, 7).to_bytes(4, "big")
                connection.sock.sendall(
                    breach[:4] + stream + breach[8:] if breach[4:8] == b"\0\0\0\7" else breach
                )
            self.assertTrue(self.server.wait(lambda server: server.accepted > accepted, 40), self.log())
        self.board.do("auto put 250")
        self.assertTrue(self.server.watching())
        self.server.unlock(1, 5)
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")

    def test_settings_that_have_not_changed_are_not_written_again(self):
        self.begin()
        before = os.stat(f"{self.controller.state}/settings").st_ino
        for pulse in (200, 300):
            self.server.timing["pulse"] = pulse
            self.server.hang_up()
            self.assertTrue(self.server.wait(lambda server: len(server.watches) == pulse // 100), self.log())
            after = os.stat(f"{self.controller.state}/settings").st_ino
            self.assertEqual(after == before, pulse == 200)
        self.board.do("auto put 250")
        self.server.unlock(1, 5)
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")
        self.assertEqual(self.board.counts()["unlock_time_ms"], 300)

    def test_L1_the_connection_is_kept_alive(self):
        self.begin()
        self.assertTrue(self.server.wait(lambda server: server.kept_alive >= 1, 25), self.log())
        self.assertEqual(self.server.accepted, 2)  # enrolment, and one connection that lasted


class Boards(Story):
    board_options = ("--boards", "2", "--no-unlock-answer")
    server_options = {"compartments": 20, "item_sensors": False, "timing": {"window": 3000}}

    def test_L4_compartment_17_is_lock_1_of_the_next_board(self):
        self.begin()
        self.board.do("auto put 1000")  # slower than the line is quiet for
        for sequence, compartment in ((1, 17), (2, 20), (3, 16), (4, 1)):
            self.server.unlock(sequence, compartment)
            outcome = self.server.outcome(sequence)
            self.assertEqual((outcome.what, outcome.item), ("OPENED_AND_CLOSED", "UNSPECIFIED"), self.log())
        self.assertEqual([door for door, _ in self.board.openings()], [17, 20, 16, 1])
        self.assertEqual(self.board.counts()["without_gap"], 0)

    def test_L4_a_board_that_stops_answering_is_reported_and_comes_back(self):
        self.begin()
        self.server.unlock(1, 17)
        self.board.do("wait opened 17 5000")
        self.seen(17)
        self.board.do("dead on 1")
        self.assertEqual(self.server.outcome(1).what, "UNKNOWN")
        self.assertEqual(self.server.events(17)[-1], "BOARD_ERROR")
        self.assertNotIn("BOARD_ERROR", self.server.events(1))
        self.server.unlock(2, 18)
        self.assertEqual((self.server.outcome(2).what, self.server.outcome(2).refusal), ("REFUSED", "BOARD"))
        self.board.do("auto put 1000")
        self.server.unlock(3, 2)
        self.assertEqual(self.server.outcome(3).what, "OPENED_AND_CLOSED")
        self.board.do("close 17")
        self.board.do("dead off 1")
        self.assertTrue(self.server.wait(lambda server: server.events(17)[-1] == "FOUND_CLOSED"), self.log())
        self.server.unlock(4, 18)
        self.assertEqual(self.server.outcome(4).what, "OPENED_AND_CLOSED")

    def test_L4_a_serial_line_that_goes_away_is_opened_again(self):
        self.begin()
        self.board.stop()
        self.assertTrue(self.server.wait(lambda server: server.events(20)[-1] == "BOARD_ERROR"), self.log())
        self.board.start()
        self.assertTrue(self.server.wait(lambda server: server.events(20)[-1] == "FOUND_CLOSED"), self.log())

    def test_L4_a_missing_line_at_the_start_is_a_board_error(self):
        self.enroll()
        self.controller.start(f"{self.folder.name}/nothing")
        self.assertTrue(self.server.wait(lambda server: "BOARD_ERROR" in server.events(1)), self.log())
        self.server.unlock(1, 1)
        self.assertEqual((self.server.outcome(1).what, self.server.outcome(1).refusal), ("REFUSED", "BOARD"))


class OtherUnlockTime(Story):
    board_options = ("--keep-unlock-time", "500")

    def test_L4_a_board_that_keeps_another_unlock_time_is_lost(self):
        self.enroll()
        self.controller.start(self.board.link)
        self.assertTrue(self.server.wait(lambda server: "BOARD_ERROR" in server.events(1)), self.log())
        self.server.unlock(1, 1)
        self.assertEqual((self.server.outcome(1).what, self.server.outcome(1).refusal), ("REFUSED", "BOARD"))
        self.assertIn("keeps an unlock time of 500 ms instead of 200 ms", self.controller.log())
        self.assertEqual(self.board.pulses(1), 0)


class SlowAnswers(Story):
    board_options = ("--unlock-answer-ms", "900")
    server_options = {"timing": {"window": 3000}}

    def test_L4_an_answer_to_an_unlock_may_take_a_second_and_nobody_speaks_meanwhile(self):
        self.begin()
        self.server.unlock(1, 5)
        self.board.do("wait opened 5 5000")
        self.assertTrue(self.server.wait(lambda server: "DOOR_OPENED" in server.events(5)), self.log())
        self.board.do("close 5")
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")
        self.assertNotIn("BOARD_ERROR", [report.event for report in self.server.reports])
        counts = self.board.counts()
        self.assertEqual((counts["spoiled"], counts["wrong_bytes"]), (0, 0))

    def test_L4_the_board_garbles_an_answer_that_somebody_speaks_into(self):
        with open(self.board.link, "r+b", buffering=0) as line:
            line.write(bytes.fromhex("0200310336"))
            time.sleep(0.1)
            line.write(bytes.fromhex("0200300335"))
            self.assertEqual(line.read(9)[:3].hex(), "575560")
        self.assertEqual(self.board.counts()["spoiled"], 1)


class Security(Story):
    with_tls = True

    def test_S3_a_drop_over_TLS(self):
        self.begin()
        self.board.do("auto put 250")
        self.server.unlock(1, 5)
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")

    def test_S3_a_server_with_another_certificate_is_not_believed(self):
        other = certificate(self.folder.name, "other.example")
        self.controller.host = "localhost"
        result = self.controller.enroll("--ca", other[0])
        self.assertEqual(result.returncode, 1)
        self.assertIn("certificate is not accepted", result.stderr)
        self.assertIsNone(self.server.public_key)

    def test_S3_a_trusted_certificate_for_another_host_is_not_believed(self):
        self.controller.host = "127.0.0.1"
        result = self.controller.enroll(*self.trust)
        self.assertEqual(result.returncode, 1)
        self.assertIn("IP address mismatch", result.stderr)
        self.controller.host = "localhost"

    def test_S3_plain_text_does_not_reach_a_TLS_server(self):
        result = self.controller.enroll()
        self.assertEqual(result.returncode, 1)
        self.assertIsNone(self.server.public_key)

    def test_S3_a_missing_CA_file_is_named(self):
        result = self.controller.enroll("--ca", "/nonexistent.pem")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nonexistent.pem", result.stderr)


class Refused(Story):
    def end(self):
        self.assertEqual(self.controller.stop(), 3, self.log())

    def test_S3_a_revoked_controller_says_so_and_ends(self):
        self.begin()
        self.server.revoke()
        self.assertEqual(self.controller.process.wait(10), 3)
        self.assertIn("DEVICE_REVOKED", self.controller.log())
        self.assertNotIn("CREDENTIAL_REFUSED", self.controller.log(), "it must not even try again")
        self.assertIn("Enrol anew", self.controller.log())

    def test_S3_a_controller_revoked_while_away_ends_at_its_next_connection(self):
        self.begin()
        self.server.revoked = True
        self.server.hang_up()
        self.assertEqual(self.controller.process.wait(10), 3)
        self.assertIn("CREDENTIAL_REFUSED", self.controller.log())


class Screen(Story):
    controller_options = ("--qr-terminal",)
    token = "v4.public." + "Ab3-_" * 78  # 400 characters

    def setUp(self):
        super().setUp()
        self.picture = f"{self.folder.name}/qr.png"
        self.controller.arguments += ("--qr-file", self.picture)

    def test_H1_the_QR_appears_and_goes_with_the_token(self):
        with open(self.picture, "w") as stale:
            stale.write("old")
        self.begin()
        self.assertFalse(os.path.exists(self.picture))
        self.server.show(self.token, "Bay 2\x1b[2J")
        self.assertTrue(wait_until(lambda: os.path.exists(self.picture)), self.log())
        self.decode()
        self.server.show("")
        self.assertTrue(wait_until(lambda: not os.path.exists(self.picture)), self.log())
        self.server.show("short", "Bay 3", seconds=1)
        self.assertTrue(wait_until(lambda: os.path.exists(self.picture)))
        self.server.hang_up()
        self.assertTrue(wait_until(lambda: not os.path.exists(self.picture), 5), "an expired QR must go")
        self.server.token = ""
        process = self.controller.process
        process.send_signal(signal.SIGTERM)
        drawn = process.stdout.read().decode()
        self.assertIn("For the tablet 'Bay 2?[2J': 60 seconds left", drawn)
        self.assertIn("█", drawn)
        self.assertNotIn("\x1b", drawn)

    def test_a_link_in_the_place_of_the_picture_is_not_followed(self):
        precious = f"{self.folder.name}/precious"
        with open(precious, "w") as file:
            file.write("kept")
        os.symlink(precious, f"{self.picture}.new")
        self.begin()
        self.server.show(self.token)
        self.assertTrue(wait_until(lambda: os.path.exists(self.picture)), self.log())
        self.decode()
        with open(precious) as file:
            self.assertEqual(file.read(), "kept")

    def decode(self):
        try:
            import zxingcpp
        except ImportError:
            print("skipped: the QR is not decoded, because zxing-cpp is not installed for this Python")
            return
        image, side = self.pixels()
        found = zxingcpp.read_barcodes(
            memoryview(image).cast("B", shape=[side, side]), formats=zxingcpp.BarcodeFormat.QRCode)
        self.assertEqual([code.text for code in found], [self.token])

    def pixels(self):
        """The picture's grey values: 8-bit grey, no interlace."""
        import struct
        import zlib

        with open(self.picture, "rb") as file:
            data = file.read()
        at, packed = 8, b""
        while at < len(data):
            length, kind = struct.unpack(">I4s", data[at : at + 8])
            body = data[at + 8 : at + 8 + length]
            if kind == b"IHDR":
                side, height, depth, colour = struct.unpack(">IIBB", body[:10])
                self.assertEqual((side, depth, colour), (height, 8, 0))
            packed += body if kind == b"IDAT" else b""
            at += 12 + length
        rows, image, above = zlib.decompress(packed), bytearray(), bytearray(side)
        for y in range(side):
            line = bytearray(rows[y * (side + 1) : (y + 1) * (side + 1)])
            above = unfilter(line[0], line[1:], above)
            image += above
        return bytes(image), side


def unfilter(kind, line, above):
    """Undoes one row's PNG filter, one byte a pixel."""
    for x in range(len(line)):
        left, up, corner = line[x - 1] if x else 0, above[x], above[x - 1] if x else 0
        nearest = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
        line[x] = (line[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 0xFF
    return line


def full_pipe():
    """A pipe that takes nothing more: (end to read, end to write)."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"\n" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer


class Readers(Story):
    controller_options = ("--qr-terminal",)

    def drop_with(self, **streams):
        """A drop while a hand-over is shown, with streams that nobody reads."""
        self.enroll()
        self.controller.start(self.board.link, **streams)
        self.assertTrue(self.server.watching())
        self.server.show("token", "Bay 2")
        self.board.do("auto put 250")
        self.server.unlock(1, 5)
        self.assertEqual(self.server.outcome(1).what, "OPENED_AND_CLOSED")

    def test_L3_a_log_that_nobody_reads_holds_up_no_door(self):
        reader, writer = full_pipe()
        self.drop_with(stderr=writer)
        os.close(writer)
        log = os.read(reader, 1 << 20).decode().strip()
        self.assertEqual(log, "", "the pipe was not full")
        self.assertEqual(self.controller.stop(), 0)
        with open(reader) as rest:
            log = rest.read().strip().split("\n")
        self.assertRegex(log[0], r"^[-0-9T:.]+Z warning [0-9]+ lines were dropped: nobody read them$")
        self.assertIn("asked to stop", log[1])

    def test_L3_a_terminal_that_nobody_reads_holds_up_no_door(self):
        reader, writer = full_pipe()
        self.drop_with(stdout=writer)
        os.close(writer)
        self.assertEqual(self.controller.stop(), 0)
        os.close(reader)


class Damage(Story):
    def end(self):
        self.controller.stop()

    def test_S5_a_damaged_journal_is_not_run_with(self):
        self.begin()
        self.controller.stop()
        with open(f"{self.controller.state}/journal", "r+b") as journal:
            journal.seek(100)
            byte = journal.read(1)
            journal.seek(100)
            journal.write(bytes([byte[0] ^ 1]))
        self.controller.start(self.board.link)
        self.assertEqual(self.controller.process.wait(10), 4)
        self.assertIn("does not check out any more", self.controller.log())

    def test_S5_a_missing_journal_is_not_replaced_by_an_empty_one(self):
        self.enroll()
        os.unlink(f"{self.controller.state}/journal")
        self.controller.start(self.board.link)
        self.assertEqual(self.controller.process.wait(10), 4)


class BoardProgram(Story):
    def test_L4_the_board_answers_each_line_with_a_line(self):
        self.assertTrue(self.board.say("open 1").startswith("error door 1 is latched"))
        self.assertTrue(self.board.say("open 17").startswith("error there is no door 17"))
        self.assertTrue(self.board.say("dance").startswith("error not understood"))
        self.assertTrue(self.board.say("wait opened 1 50").startswith("error time is over"))
        self.assertTrue(self.board.say("x" * 300).startswith("error the line is too long"))
        self.board.do("force 1")
        self.board.do("wait opened 1 0")
        self.board.do("wait openings 1 1 0")
        self.board.do("key 1 in")
        self.assertIn(" 1=open,key,pulses:0,openings:1", self.board.do("state"))
        self.assertEqual(self.board.openings(), [(1, "forced")])

    def test_L4_the_board_obeys_good_frames_only(self):
        with open(self.board.link, "r+b", buffering=0) as line:
            line.write(bytes.fromhex("0200310337"))  # a wrong sum
            line.write(bytes.fromhex("0200300335"))
            self.assertEqual(line.read(9).hex(), "020035ffff00000338")
            line.write(bytes.fromhex("0204310 33a".replace(" ", "")))
            self.assertEqual(line.read(9).hex(), "020035efff00000328")
        self.assertEqual(self.board.openings(), [(5, "unlock")])
        self.assertGreater(self.board.counts()["without_gap"], 0)
        self.assertGreater(self.board.counts()["wrong_bytes"], 0)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)) or ".")
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
