"""Whether `buf breaking`, against the released contract, finds each change that docs/compatibility.md promises not
to make, and lets pass those that it allows. Each is made to a copy of Protos/."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUF = os.environ.get("BUF", ROOT / ".venv/bin/buf")

WORK_ORDER, EVENT, AUTH = "work_order.proto", "event.proto", "auth.proto"

# (what changes, buf's rule, and the changes: file of latchkey.v1, what stands there, what then stands there)
BREAKING = [
    ("a field goes", "FIELD_NO_DELETE", (WORK_ORDER, "  string additional_phone = 10;\n", "")),
    (
        "a field goes, even with its number and name reserved",
        "FIELD_NO_DELETE",
        (WORK_ORDER, "string additional_phone = 10;", 'reserved 10;\n  reserved "additional_phone";'),
    ),
    (
        "a field gets another number",
        "FIELD_NO_DELETE",
        (WORK_ORDER, "bool pinned = 12;", "bool pinned = 99;"),
    ),
    (
        "a field gets another type",
        "FIELD_SAME_TYPE",
        (WORK_ORDER, "bool pinned = 12;", "string pinned = 12;"),
    ),
    ("a field gets another name", "FIELD_SAME_NAME", (WORK_ORDER, "bool pinned = 12;", "bool on_top = 12;")),
    (
        "a list becomes one",
        "FIELD_SAME_CARDINALITY",
        (WORK_ORDER, "repeated string remarks", "string remarks"),
    ),
    (
        "a field learns to be absent",
        "FIELD_SAME_CARDINALITY",
        (WORK_ORDER, "bool pinned = 12;", "optional bool pinned = 12;"),
    ),
    (
        "a field leaves its oneof",
        "FIELD_SAME_ONEOF",
        (AUTH, "    string api_key = 2;\n", ""),
        (AUTH, "    string session_token = 3;\n  }\n", "    string session_token = 3;\n  }\n  string api_key = 2;\n"),
    ),
    ("a value goes", "ENUM_VALUE_NO_DELETE", (WORK_ORDER, "  HOLDER_DESK = 4;\n", "")),
    (
        "a value gets another name",
        "ENUM_VALUE_SAME_NAME",
        (WORK_ORDER, "HOLDER_DESK = 4;", "HOLDER_COUNTER = 4;"),
    ),
    ("an enum goes", "ENUM_NO_DELETE", (WORK_ORDER, "CancelReason", "Cancellation")),
    ("a message goes", "MESSAGE_NO_DELETE", (EVENT, "TimelineEntry", "TimelineLine")),
    ("a method goes", "RPC_NO_DELETE", (EVENT, "rpc ListTimeline(", "rpc ReadTimeline(")),
    (
        "a method takes another message",
        "RPC_SAME_REQUEST_TYPE",
        (EVENT, "ListTimeline(ListTimelineRequest)", "ListTimeline(WatchEventsRequest)"),
    ),
    (
        "a method gives another message",
        "RPC_SAME_RESPONSE_TYPE",
        (EVENT, "returns (ListTimelineResponse)", "returns (ExportChainHeadResponse)"),
    ),
    (
        "a stream becomes one answer",
        "RPC_SAME_SERVER_STREAMING",
        (EVENT, "returns (stream WatchEventsResponse)", "returns (WatchEventsResponse)"),
    ),
    (
        "a read may no longer be repeated",
        "RPC_SAME_IDEMPOTENCY_LEVEL",
        (AUTH, "    option idempotency_level = NO_SIDE_EFFECTS;\n", ""),
    ),
    ("a service goes", "SERVICE_NO_DELETE", (EVENT, "service EventService", "service LogService")),
    (
        "a package gets another name",
        "FILE_SAME_PACKAGE",
        (EVENT, "package latchkey.v1;", "package latchkey.v2;"),
        (EVENT, "option (access)", "option (latchkey.v1.access)"),
    ),
]

ALLOWED = [
    ("a new field", (WORK_ORDER, "bool pinned = 12;", "bool pinned = 12;\n  string color = 99;")),
    ("a new value", (WORK_ORDER, "HOLDER_DESK = 4;", "HOLDER_DESK = 4;\n  HOLDER_COURIER = 99;")),
    (
        "a new service",
        (
            EVENT,
            "// One thing that happened.",
            "service LaterService {\n  rpc Wait(WatchEventsRequest) returns (Event);\n}\n\n// One thing.",
        ),
    ),
    (
        "a field that is deprecated",
        (WORK_ORDER, "bool pinned = 12;", "bool pinned = 12 [deprecated = true];"),
    ),
    ("another comment", (WORK_ORDER, "// One appointment.", "// An appointment.")),
]


class Breaking(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def broken(self, *changes):
        """What `buf breaking` says of a copy of the contract with changes; nothing where all is well."""
        copy = self.folder / "Protos"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(ROOT / "Protos", copy)
        for file, old, new in changes:
            path = copy / "latchkey/v1" / file
            text = path.read_text(encoding="utf-8")
            self.assertIn(old, text, f"{file} is no longer as this test knows it")
            path.write_text(text.replace(old, new), encoding="utf-8")
        subprocess.run([BUF, "build", "--output", "present.binpb"], cwd=copy, check=True)
        done = subprocess.run(
            [BUF, "breaking", "present.binpb", "--against", "released.binpb", "--error-format", "json"],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode != 0, bool(done.stdout), done.stderr)
        return done.stdout

    def test_A1_what_is_promised_not_to_come_is_found(self):
        for what, rule, *changes in BREAKING:
            with self.subTest(what):
                self.assertIn(f'"type":"{rule}"', self.broken(*changes))

    def test_A1_what_may_come_passes(self):
        for what, *changes in ALLOWED:
            with self.subTest(what):
                self.assertEqual(self.broken(*changes), "")

    def test_A1_a_contract_of_others_that_we_speak_is_held_as_well(self):
        path = "../../published/grpc/health/v1/health.proto"
        self.assertIn(
            '"type":"FIELD_SAME_TYPE"', self.broken((path, "string service = 1;", "bytes service = 1;"))
        )


if __name__ == "__main__":
    unittest.main()
