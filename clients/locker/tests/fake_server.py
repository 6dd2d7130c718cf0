"""A Latchkey server as a lock controller sees it: ttrpc over TCP or TLS, and a memory of what was reported.

It keeps the rules of auth.proto and locker.proto that concern a controller: one identity proved over a nonce,
one watch of commands, report numbers that rise by one.
"""

import json
import os
import socket
import ssl
import struct
import subprocess
import threading
import time
import traceback

from protobuf import decode, encode, first, read_timestamp, timestamp

REQUEST, RESPONSE, DATA = 1, 2, 3
CODES = {
    "INVALID_ARGUMENT": 3,
    "PERMISSION_DENIED": 7,
    "FAILED_PRECONDITION": 9,
    "UNAVAILABLE": 14,
    "UNAUTHENTICATED": 16,
}
EVENTS = {
    1: "ACCEPTED",
    2: "FIRED",
    3: "DOOR_OPENED",
    4: "DOOR_CLOSED",
    5: "ITEM_IN",
    6: "ITEM_OUT",
    7: "LEFT_OPEN",
    8: "FORCED",
    9: "BOARD_ERROR",
    10: "FOUND_CLOSED",
}
OUTCOMES = {1: "OPENED_AND_CLOSED", 2: "JAMMED", 3: "REFUSED", 4: "EXPIRED", 5: "UNKNOWN"}
REFUSALS = {0: "", 1: "BUSY", 2: "EXPIRED", 3: "QUARANTINED", 4: "BOARD"}
ITEMS = {0: "UNSPECIFIED", 1: "ABSENT", 2: "PRESENT"}


class Refusal(Exception):
    def __init__(self, code, reason, message="", **metadata):
        super().__init__(reason)
        self.code, self.reason, self.message, self.metadata = code, reason, message, metadata

    def status(self):
        info = [(1, self.reason), (2, "latchkey")]
        info += [(3, [(1, key), (2, str(value))]) for key, value in self.metadata.items()]
        detail = [(1, "type.googleapis.com/google.rpc.ErrorInfo"), (2, info)]
        return encode((1, CODES[self.code]), (2, self.message or self.reason), (3, detail))


class Report:
    """One reported line."""

    def __init__(self, data):
        fields = decode(data)
        self.number, self.compartment, self.sequence = first(fields, 1), first(fields, 2), first(fields, 3)
        self.time = read_timestamp(first(fields, 4, b""))
        self.event, self.outcome = EVENTS.get(first(fields, 5)), OUTCOMES.get(first(fields, 6))
        self.refusal, self.item = REFUSALS[first(fields, 7)], ITEMS[first(fields, 8)]

    @property
    def what(self):
        return self.outcome or self.event

    def __repr__(self):
        return f"{self.number}:{self.what}@{self.compartment}/{self.sequence}"


class Connection:
    def __init__(self, server, sock):
        self.server, self.sock, self.sending = server, sock, threading.Lock()
        self.nonce, self.device, self.streams = None, False, {}

    def send(self, stream, kind, flags, payload):
        with self.sending:
            self.sock.sendall(struct.pack(">IIBB", len(payload), stream, kind, flags) + payload)

    def answer(self, stream, payload):
        self.send(stream, RESPONSE, 0, encode((2, payload)))

    def refuse(self, stream, refusal):
        self.send(stream, RESPONSE, 0, encode((1, refusal.status())))

    def read(self, length):
        data = b""
        while len(data) < length:
            part = self.sock.recv(length - len(data))
            if not part:
                raise ConnectionError("closed")
            data += part
        return data

    def run(self):
        last = -1
        try:
            while True:
                length, stream, kind, _ = struct.unpack(">IIBB", self.read(10))
                payload = self.read(length)
                assert kind == REQUEST and stream % 2 == 1 and stream > last, "a broken client"
                last = stream
                request = decode(payload)
                method = f"{first(request, 1, b'').decode()}/{first(request, 2, b'').decode()}"
                try:
                    self.server.handle(self, stream, method, first(request, 3, b""))
                except Refusal as refusal:
                    self.refuse(stream, refusal)
        except (ConnectionError, OSError):
            pass
        except Exception:
            self.server.problems.append(traceback.format_exc())
        finally:
            self.close()

    def close(self):
        self.server.forget(self)
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


class FakeServer:
    audience = "latchkey-test"
    device_id, locker_id, location_id = 41, 7, 3

    def __init__(self, verifier, certificate=None, compartments=16, item_sensors=True, timing=None):
        self.verifier, self.compartments, self.item_sensors = verifier, compartments, item_sensors
        self.timing = {"pulse": 200, "cool_down": 500, "window": 1000, "left_open": 60000, "debounce": 50}
        self.timing.update(timing or {})
        self.code, self.enrollments, self.public_key = "ABCDEFGHJKLMNPQR", {}, None
        self.changed = threading.Condition(threading.RLock())
        self.reports, self.acknowledged, self.commands = [], 0, []
        self.connections, self.accepted, self.token, self.revision = set(), 0, "", 0
        self.watches = []  # after_sequence of each WatchCommands
        self.kept_alive = 0
        self.revoked, self.refuse_reports, self.claims = False, None, None
        self.mute_reports = False  # takes no report and answers none
        self.problems = []  # what a client did wrong, or this server: see check
        self.drop_when = None  # closes the connection after a report for which this holds, unanswered
        self.clock_ahead = 0.0  # of the controller's machine, seconds
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.minimum_version = ssl.TLSVersion.TLSv1_3
            self.tls.load_cert_chain(*certificate)
        self.listener, self.port = None, 0
        self.listen()

    # Life ---------------------------------------------------------------------------------------------

    def listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(16)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            sock = self.tls.wrap_socket(sock, server_side=True) if self.tls else sock
        except (OSError, ssl.SSLError):
            sock.close()
            return
        connection = Connection(self, sock)
        with self.changed:
            self.connections.add(connection)
            self.accepted += 1
            self.changed.notify_all()
        connection.run()

    def forget(self, connection):
        with self.changed:
            self.connections.discard(connection)
            self.changed.notify_all()

    def hang_up(self):
        for connection in list(self.connections):
            connection.close()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.hang_up()

    def check(self):
        """To be called at the end: connections have threads of their own, whose failures nobody sees."""
        assert not self.problems, "".join(self.problems)

    def now(self):
        return time.time() + self.clock_ahead

    # What tests ask and do ----------------------------------------------------------------------------

    def wait(self, condition, seconds=15):
        with self.changed:
            met = self.changed.wait_for(lambda: condition(self), seconds)
        return met

    def outcomes(self, sequence):
        return [report for report in self.reports if report.sequence == sequence and report.outcome]

    def outcome(self, sequence, seconds=15):
        """The one outcome of a command, once it is there."""
        if not self.wait(lambda server: server.outcomes(sequence), seconds):
            raise AssertionError(f"no outcome of command {sequence} in {self.reports}")
        return self.outcomes(sequence)[0]

    def events(self, compartment, sequence=None):
        return [
            report.event
            for report in self.reports
            if report.event
            and report.compartment == compartment
            and (sequence is None or report.sequence == sequence)
        ]

    def watching(self):
        return self.wait(lambda server: any(2 in connection.streams for connection in server.connections))

    def unlock(self, sequence, compartment, seconds=20.0):
        """Decides a command and sends it."""
        with self.changed:
            self.commands.append((sequence, compartment, self.now() + seconds))
            self.send_command(self.commands[-1])

    def send_command(self, command):
        sequence, compartment, expire = command
        message = encode(
            (1, [(1, sequence), (2, compartment), (3, timestamp(expire)), (4, timestamp(self.now()))])
        )
        self._push(1, message)

    def show(self, token, tablet="", seconds=60):
        with self.changed:
            self.token, self.tablet, self.token_expires = token, tablet, self.now() + seconds
            self._push(2, self._view())

    def _push(self, which, message):
        for connection in list(self.connections):
            if which in connection.streams:
                try:
                    connection.send(connection.streams[which], DATA, 0, message)
                except OSError:
                    pass

    def _view(self):
        self.revision += 1
        upper = []
        if self.token:
            upper = [(1, self.token), (2, timestamp(self.token_expires)), (3, self.tablet)]
        return encode((1, [(1, self.revision), (2, self.locker_id), (3, "Main entrance"), (5, upper)]))

    def revoke(self):
        """Ends the device's streams, as revoking does."""
        self.revoked = True
        refusal = Refusal("PERMISSION_DENIED", "DEVICE_REVOKED", "This device was revoked.")
        for connection in list(self.connections):
            try:
                for stream in connection.streams.values():
                    connection.refuse(stream, refusal)
            except OSError:
                pass  # it may leave at the first refusal

    # Calls --------------------------------------------------------------------------------------------

    def handle(self, connection, stream, method, payload):
        handlers = {
            "latchkey.v1.AuthService/Enroll": self._enroll,
            "latchkey.v1.AuthService/Challenge": self._challenge,
            "latchkey.v1.AuthService/Authenticate": self._authenticate,
            "latchkey.v1.AuthService/WhoAmI": self._who_am_i,
            "latchkey.v1.LockerService/GetLockerSettings": self._settings,
            "latchkey.v1.LockerService/Report": self._report,
            "latchkey.v1.LockerService/WatchCommands": self._watch_commands,
            "latchkey.v1.KioskService/WatchKiosk": self._watch_kiosk,
        }
        with self.changed:
            if "Auth" not in method and not connection.device:
                raise Refusal("UNAUTHENTICATED", "NOT_SIGNED_IN")
            answer = handlers[method](connection, stream, decode(payload))
            self.changed.notify_all()
        if answer is not None:
            connection.answer(stream, answer)

    def _enroll(self, connection, stream, request):
        request_id, code, key = (first(request, number, b"") for number in (1, 2, 3))
        if request_id not in self.enrollments:
            if code.decode().replace("-", "").upper() != self.code or self.enrollments:
                raise Refusal("FAILED_PRECONDITION", "ENROLLMENT_CODE_INVALID", "The code is not valid.")
            self.enrollments[request_id] = key
            self.public_key = key
            if self.drop_when == "enroll":
                self.drop_when = None
                connection.close()
                return None
        assert self.enrollments[request_id] == key
        return encode(
            (1, self.device_id),
            (2, 1),
            (3, "Controller"),
            (4, self.location_id),
            (5, self.locker_id),
            (6, bytes(32)),
            (7, self.key_id()),
        )

    def key_id(self):
        """k4.pid: BLAKE2b-264 over the PASERK header and the PASERK of the public key."""
        import base64
        import hashlib

        paserk = b"k4.public." + base64.urlsafe_b64encode(self.public_key).rstrip(b"=")
        digest = hashlib.blake2b(b"k4.pid." + paserk, digest_size=33).digest()
        return "k4.pid." + base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _challenge(self, connection, stream, request):
        connection.nonce = os.urandom(32)
        return encode((1, connection.nonce), (2, self.audience), (3, timestamp(self.now())))

    def _authenticate(self, connection, stream, request):
        nonce, connection.nonce = connection.nonce, None
        if nonce is None:
            raise Refusal("FAILED_PRECONDITION", "NO_CHALLENGE")
        refused = Refusal("UNAUTHENTICATED", "CREDENTIAL_REFUSED", "The credential is not accepted.")
        if self.revoked or self.public_key is None:
            raise refused
        check = subprocess.run(
            [self.verifier, first(request, 1, b"").decode(), self.public_key.hex(), nonce.hex()],
            capture_output=True,
            text=True,
        )
        if check.returncode != 0:
            raise refused
        self.claims = json.loads(check.stdout)
        lives = self.claims["exp"] - self.claims["iat"]
        if self.claims["aud"] != self.audience or self.claims["dev"] != self.device_id or not 0 < lives <= 60:
            raise refused
        if not self.claims["iat"] - 2 <= self.now() < self.claims["exp"]:
            raise refused
        connection.device = True
        return encode((1, [(1, 2), (2, self.device_id)]), (2, timestamp(self.now())))

    def _who_am_i(self, connection, stream, request):
        self.kept_alive += 1
        return encode((1, [(1, 2), (2, self.device_id)]), (2, timestamp(self.now())))

    def _settings(self, connection, stream, request):
        timing = [
            (1, self.timing["pulse"]),
            (2, self.timing["cool_down"]),
            (3, self.timing["window"]),
            (4, self.timing["left_open"]),
            (5, self.timing["debounce"]),
        ]
        return encode(
            (1, self.locker_id),
            (2, "Main entrance"),
            (3, self.compartments),
            (4, self.item_sensors),
            (5, timing),
            (6, self.acknowledged),
        )

    def _watch_commands(self, connection, stream, request):
        after = first(request, 1)
        self.watches.append(after)
        connection.streams[1] = stream
        for command in self.commands:
            if command[0] > after and not self.outcomes(command[0]):
                self.send_command(command)

    def _watch_kiosk(self, connection, stream, request):
        connection.streams[2] = stream
        connection.send(stream, DATA, 0, self._view())

    def _report(self, connection, stream, request):
        reports = [Report(data) for data in request.get(1, [])]
        assert len(reports) <= 256
        if self.mute_reports:
            return None
        if self.refuse_reports:
            self.refuse_reports(reports)
        for report in reports:
            if report.number <= self.acknowledged:
                continue
            if report.number != self.acknowledged + 1:
                raise Refusal(
                    "FAILED_PRECONDITION", "REPORT_OUT_OF_ORDER", acknowledged_number=self.acknowledged
                )
            self.reports.append(report)
            self.acknowledged += 1
        if callable(self.drop_when) and any(self.drop_when(report) for report in reports):
            self.drop_when = None
            connection.close()
            return None
        return encode((1, self.acknowledged))
