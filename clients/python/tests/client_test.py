"""What is written by hand in `latchkey`: credentials, devices, failures, pages."""

import json
import tempfile
import unittest
from datetime import timedelta
from pathlib import Path

import latchkey.connect
import latchkey.grpc
import pyseto
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from latchkey import APIKey, Failure, new_request_id
from latchkey.device import Device, DeviceKey
from latchkey.pages import pages
from latchkey.v1.admin_pb2 import ListLockersRequest, ListLockersResponse


def packed(message):
    any_message = Any()
    any_message.Pack(message)
    return any_message


class Credentials(unittest.TestCase):
    def test_an_API_key_does_not_print(self):
        self.assertNotIn("secret", repr(APIKey("secret")))
        self.assertEqual(APIKey("secret").token(), "secret")

    def test_request_ids_differ_and_are_short_enough(self):
        ids = {new_request_id() for _ in range(100)}
        self.assertEqual(len(ids), 100)
        self.assertLessEqual(max(map(len, ids)), 64)


class Pages(unittest.TestCase):
    def test_a_list_is_read_to_its_end(self):
        asked = []

        def call(request):
            asked.append((request.location_id, request.page_size, request.page_token))
            number = len(asked)
            return ListLockersResponse(next_page_token=f"lockers.{number}" if number < 3 else "")

        request = ListLockersRequest(location_id=7, page_size=2)
        self.assertEqual(len(list(pages(call, request))), 3)
        self.assertEqual(asked, [(7, 2, ""), (7, 2, "lockers.1"), (7, 2, "lockers.2")])
        self.assertEqual(request, ListLockersRequest(location_id=7, page_size=2))


class Devices(unittest.TestCase):
    def setUp(self):
        self.now = 1_800_000_000.5
        self.key = DeviceKey(bytes(range(32)))
        self.device = Device(self.key, 41, "latchkey/test", clock=lambda: self.now)

    def verified(self, token, assertion=b"latchkey bearer"):
        public = Ed25519PublicKey.from_public_bytes(self.key.public_key)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        key = pyseto.Key.new(4, "public", pem)
        decoded = pyseto.decode(key, token, implicit_assertion=assertion)
        return json.loads(decoded.payload), decoded.footer.decode(), key.to_paserk_id()

    def test_S3_a_token_is_signed_for_one_server_and_lives_a_minute(self):
        claims, footer, key_id = self.verified(self.device.token())
        self.assertEqual(
            claims, {"aud": "latchkey/test", "dev": 41, "iat": 1_800_000_000, "exp": 1_800_000_060}
        )
        self.assertEqual(footer, key_id)

    def test_S3_a_token_is_signed_over_what_it_is_for(self):
        with self.assertRaises(pyseto.VerifyError):
            self.verified(self.device.token(), assertion=b"")

    def test_a_token_is_replaced_while_it_is_good(self):
        first = self.device.token()
        self.now += 39
        self.assertEqual(self.device.token(), first)
        self.now += 2
        self.assertNotEqual(self.device.token(), first)

    def test_a_device_is_kept_in_a_file_of_its_own(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tablet.json"
            self.device.save(path)
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            again = Device.load(path)
            again._clock = lambda: self.now
            self.assertEqual(again.token(), self.device.token())
            with self.assertRaises(FileExistsError):
                self.device.save(path)

    def test_devices_differ(self):
        self.assertNotEqual(DeviceKey.new().public_key, DeviceKey.new().public_key)


class Failures(unittest.TestCase):
    def test_A5_all_that_a_server_says_is_read(self):
        delay = Duration()
        delay.FromTimedelta(timedelta(seconds=2.5))
        failure = Failure.read(
            "INVALID_ARGUMENT",
            "The date is no date.",
            [
                packed(Duration()),
                packed(ErrorInfo(reason="INVALID_FIELD", domain="latchkey.v1")),
                packed(
                    BadRequest(
                        field_violations=[BadRequest.FieldViolation(field="date", description="no date")]
                    )
                ),
                packed(RetryInfo(retry_delay=delay)),
            ],
        )
        self.assertEqual((failure.code, failure.reason), ("INVALID_ARGUMENT", "INVALID_FIELD"))
        self.assertEqual((failure.violations, failure.retry_seconds), ({"date": "no date"}, 2.5))
        self.assertEqual(str(failure), "INVALID_ARGUMENT (INVALID_FIELD): The date is no date.")

    def test_a_failure_may_say_little(self):
        failure = Failure.read("INTERNAL", "", [])
        self.assertEqual((failure.reason, failure.violations, failure.retry_seconds), ("", {}, None))
        self.assertEqual(str(failure), "INTERNAL: ")

    def test_what_may_be_repeated(self):
        self.assertTrue(Failure("UNAVAILABLE", "").is_transient)
        self.assertTrue(Failure("DEADLINE_EXCEEDED", "").is_transient)
        self.assertTrue(Failure("RESOURCE_EXHAUSTED", "", retry_seconds=1).is_transient)
        self.assertFalse(Failure("RESOURCE_EXHAUSTED", "").is_transient)
        self.assertFalse(Failure("INVALID_ARGUMENT", "").is_transient)

    def test_codes_are_spelled_in_one_way(self):
        for code in Code:
            name = latchkey.connect.failure(ConnectError(code, "")).code
            self.assertEqual(name, {"CANCELED": "CANCELLED"}.get(code.name, code.name))


class Servers(unittest.TestCase):
    def test_a_server_is_named_with_its_scheme(self):
        for name in ("127.0.0.1:7480", "ftp://127.0.0.1", ""):
            with self.assertRaisesRegex(ValueError, "name one as https://host:port"):
                latchkey.grpc.channel(name)


if __name__ == "__main__":
    unittest.main()
