"""What each client must be able to do, and must be told. `*_test.py` run these on one client each."""

import time
import unittest
import uuid

from google.rpc.code_pb2 import Code
from interop.v1 import interop_pb2 as interop
from latchkey import APIKey, Failure, new_request_id
from latchkey.v1 import admin_pb2, auth_pb2, event_pb2, handover_pb2, work_order_pb2
from servers import InteropServer, Latchkey, wait_until

# Below a message's limit of 4 MiB, in JSON too, and above it.
LARGE, TOO_LARGE = 5 << 19, 5 << 20
# How much later than its deadline a client may hear of it, on a busy machine.
PATIENCE_SECONDS = 5


def method(module, service, name):
    return module.DESCRIPTOR.services_by_name[service].methods_by_name[name]


def echo(name):
    return method(interop, "InteropService", name)


class Cases:
    """Cases against one server; `connect` makes the client that is tried, of an endpoint and a credential."""

    is_secured, connect = False, None

    def open(self, endpoint, credential=None):
        client = self.connect(endpoint, credential)
        self.addCleanup(client.close)
        return client

    def refused(self, call):
        with self.assertRaises(Failure) as raised:
            call()
        return raised.exception


class CallCases(Cases):
    """Calls of all kinds to a service of someone else on the public library."""

    @classmethod
    def setUpClass(cls):
        cls.server = InteropServer()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.client = self.open(self.server.tls if self.is_secured else self.server.plain)

    def test_a_call_is_answered(self):
        text = "Schlüssel 🔑, sleutel, clé"
        answer = self.client.unary(echo("Echo"), interop.EchoRequest(text=text, data=bytes(range(256))))
        self.assertEqual((answer.text, answer.data), (text, bytes(range(256))))

    def test_a_message_may_be_empty(self):
        self.assertEqual(self.client.unary(echo("Echo"), interop.EchoRequest()), interop.EchoResponse())

    def test_a_message_may_be_large(self):
        data = bytes(LARGE // 2) + b"x" * (LARGE // 2)
        answer = self.client.unary(echo("Echo"), interop.EchoRequest(data=data))
        self.assertEqual(answer.data, data)

    def test_a_message_may_be_compressed(self):
        if not self.client.can_compress:
            self.skipTest("it never does so")
        answer = self.client.unary(echo("Echo"), interop.EchoRequest(data=bytes(LARGE)), compressed=True)
        self.assertEqual(answer.data, bytes(LARGE))

    def test_a_server_streams(self):
        answers = self.client.stream(echo("Count"), interop.CountRequest(count=2000))
        self.assertEqual([answer.number for answer in answers], list(range(1, 2001)))

    def test_a_stream_may_hold_nothing(self):
        self.assertEqual(list(self.client.stream(echo("Count"), interop.CountRequest())), [])

    def test_a_client_streams(self):
        requests = [interop.JoinRequest(text=f"{number} ") for number in range(100)]
        answer = self.client.join(echo("Join"), requests)
        self.assertEqual(answer.text, "".join(request.text for request in requests))

    def test_both_stream(self):
        if not self.client.can_send_both_ways:
            self.skipTest("HTTP/1.1 goes one way at a time")
        texts = [f"line {number}" for number in range(100)]
        answers = self.client.both(echo("Chat"), [interop.ChatRequest(text=text) for text in texts])
        self.assertEqual([answer.text for answer in answers], texts)

    def test_A5_each_code_arrives_with_message_reason_violations_and_delay(self):
        for code in range(1, 17):
            name = Code.Name(code)
            with self.subTest(name):
                failure = self.refused(
                    lambda code=code: self.client.unary(
                        echo("Refuse"),
                        interop.RefuseRequest(
                            code=code,
                            reason="TOO_EARLY",
                            message="Come back at 7 o’clock: 100 % sure.",
                            violations={"text": "empty", "data": "too long"},
                            retry_seconds=7,
                        ),
                    )
                )
                self.assertEqual(failure.code, name)
                self.assertEqual(failure.reason, "TOO_EARLY")
                self.assertEqual(failure.message, "Come back at 7 o’clock: 100 % sure.")
                self.assertEqual(failure.violations, {"text": "empty", "data": "too long"})
                self.assertEqual(failure.retry_seconds, 7)

    def test_a_handler_sees_the_deadline_of_a_call(self):
        label = str(uuid.uuid4())
        began = time.monotonic()
        failure = self.refused(
            lambda: self.client.unary(
                echo("Wait"),
                interop.WaitRequest(label=label, milliseconds=60_000),
                seconds=self.client.deadline_seconds,
            )
        )
        self.assertEqual(failure.code, "DEADLINE_EXCEEDED")
        self.assertLess(time.monotonic() - began, self.client.deadline_seconds + PATIENCE_SECONDS)
        self.sees(label, interop.ENDING_DEADLINE, interop.ENDING_CANCELLED)

    def test_a_handler_sees_the_deadline_of_a_stream(self):
        label = str(uuid.uuid4())
        failure = self.refused(
            lambda: list(
                self.client.stream(
                    echo("Tick"), interop.TickRequest(label=label), seconds=self.client.deadline_seconds
                )
            )
        )
        self.assertEqual(failure.code, "DEADLINE_EXCEEDED")
        self.sees(label, interop.ENDING_DEADLINE, interop.ENDING_CANCELLED)

    def test_the_server_keeps_a_deadline_that_its_client_does_not(self):
        if not self.client.can_forget_deadline:
            self.skipTest("it keeps each deadline itself")
        label = str(uuid.uuid4())
        failure = self.refused(
            lambda: self.client.unary(
                echo("Wait"),
                interop.WaitRequest(label=label, milliseconds=60_000),
                forgotten=self.client.deadline_seconds,
            )
        )
        self.assertEqual((failure.code, failure.reason), ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"))
        self.sees(label, interop.ENDING_DEADLINE)

    def test_a_handler_sees_that_a_call_is_given_up(self):
        if not self.client.can_cancel_unary:
            self.skipTest("it cannot")
        label = str(uuid.uuid4())
        request = interop.WaitRequest(label=label, milliseconds=60_000)
        self.client.cancelled(echo("Wait"), request, after=lambda: self.begins(label))
        self.sees(label, interop.ENDING_CANCELLED, has_deadline=False)

    def test_a_handler_sees_that_a_stream_is_given_up(self):
        label = str(uuid.uuid4())
        self.client.cancelled(
            echo("Tick"), interop.TickRequest(label=label), after=lambda: self.begins(label)
        )
        self.sees(label, interop.ENDING_CANCELLED, has_deadline=False)

    def test_what_is_too_large_is_refused(self):
        failure = self.refused(
            lambda: self.client.unary(echo("Echo"), interop.EchoRequest(data=bytes(TOO_LARGE)))
        )
        self.assertEqual(failure.code, "RESOURCE_EXHAUSTED")
        self.assertEqual(self.client.unary(echo("Echo"), interop.EchoRequest(text="on")).text, "on")

    def sees(self, label, *endings, has_deadline=True):
        """A client that gives up at its deadline may be faster than the server."""
        sighting = wait_until(
            lambda: self.sighting(label, interop.ENDING_UNSPECIFIED, interop.ENDING_NOT_YET)
        )
        self.assertIn(sighting and sighting.ending, endings)
        if has_deadline:
            self.assertGreater(sighting.deadline_ms, 0)
            self.assertLessEqual(sighting.deadline_ms, self.client.deadline_seconds * 1000)
        else:
            self.assertEqual(sighting.deadline_ms, 0)

    def begins(self, label):
        """Waits until a handler has begun: what has not begun cannot be given up."""
        self.assertTrue(wait_until(lambda: self.sighting(label, interop.ENDING_UNSPECIFIED)))

    def sighting(self, label, *but):
        """What the handler saw, where it is none of these."""
        answer = self.client.unary(echo("GetSighting"), interop.GetSightingRequest(label=label))
        return None if answer.ending in but else answer


class ProductCases(Cases):
    """The real server: who may call, refusals with all they say, streams."""

    @classmethod
    def setUpClass(cls):
        cls.server = Latchkey(tls=cls.is_secured)
        cls.addClassCleanup(cls.server.stop)
        cls.server.furnish()

    def setUp(self):
        self.stranger = self.open(self.server.endpoint)
        self.program = self.open(self.server.endpoint, APIKey(self.server.api_key))

    def test_S3_a_stranger_is_known_as_one(self):
        answer = self.stranger.unary(method(auth_pb2, "AuthService", "WhoAmI"), auth_pb2.WhoAmIRequest())
        self.assertEqual(answer.identity.caller, 1)

    def test_S3_an_API_key_proves_a_program(self):
        answer = self.program.unary(method(auth_pb2, "AuthService", "WhoAmI"), auth_pb2.WhoAmIRequest())
        self.assertEqual((answer.identity.caller, answer.identity.display_name), (6, "Office"))

    def test_A5_a_stranger_is_refused_and_told_the_way_out(self):
        failure = self.refused(
            lambda: self.stranger.unary(
                method(admin_pb2, "AdminService", "ListLocations"), admin_pb2.ListLocationsRequest()
            )
        )
        self.assertEqual((failure.code, failure.reason), ("UNAUTHENTICATED", "NOT_SIGNED_IN"))
        self.assertIn("authenticate first", failure.message)

    def test_S3_a_wrong_API_key_is_refused(self):
        impostor = self.open(self.server.endpoint, APIKey("0000-" * 9 + "0000"))
        failure = self.refused(
            lambda: impostor.unary(method(auth_pb2, "AuthService", "WhoAmI"), auth_pb2.WhoAmIRequest())
        )
        self.assertEqual((failure.code, failure.reason), ("UNAUTHENTICATED", "CREDENTIAL_REFUSED"))

    def test_A5_a_program_may_not_do_what_is_the_staff_s(self):
        failure = self.refused(
            lambda: self.program.unary(
                method(handover_pb2, "HandoverService", "RequestHandover"),
                handover_pb2.RequestHandoverRequest(request_id=new_request_id(), work_order_id=1),
            )
        )
        self.assertEqual((failure.code, failure.reason), ("PERMISSION_DENIED", "CALLER_NOT_ADMITTED"))

    def test_A5_each_field_at_fault_is_named(self):
        failure = self.refused(
            lambda: self.program.unary(
                method(work_order_pb2, "WorkOrderService", "ListWorkOrders"),
                work_order_pb2.ListWorkOrdersRequest(location_id=1, from_date="soon", to_date="2027-02-30"),
            )
        )
        self.assertEqual((failure.code, failure.reason), ("INVALID_ARGUMENT", "INVALID_FIELD"))
        self.assertEqual(set(failure.violations), {"from_date", "to_date"})

    def test_A5_what_is_unknown_is_not_found(self):
        failure = self.refused(
            lambda: self.program.unary(
                method(work_order_pb2, "WorkOrderService", "GetWorkOrder"),
                work_order_pb2.GetWorkOrderRequest(work_order_id=4711),
            )
        )
        self.assertEqual((failure.code, failure.reason), ("NOT_FOUND", "NOT_FOUND"))

    def test_A3_a_repeated_import_is_answered_as_the_first(self):
        number = str(uuid.uuid4())[:13]
        request = work_order_pb2.ImportWorkOrdersRequest(
            request_id=new_request_id(),
            location_id=1,
            csv=f"number,date,time,plate\n{number},2031-03-01,08:00,AB-123-C\n".encode(),
        )
        importing = method(work_order_pb2, "WorkOrderService", "ImportWorkOrders")
        self.assertEqual([self.program.unary(importing, request).created_count for _ in range(2)], [1, 1])
        found = self.program.unary(
            method(work_order_pb2, "WorkOrderService", "GetWorkOrder"),
            work_order_pb2.GetWorkOrderRequest(location_id=1, number=number),
        )
        self.assertEqual(found.work_order.local_time, "2031-03-01T08:00")

    def test_A3_events_come_after_their_cursor_until_the_deadline(self):
        watch = method(event_pb2, "EventService", "WatchEvents")
        events = []
        failure = self.refused(
            lambda: events.extend(
                answer.event
                for answer in self.program.stream(
                    watch,
                    event_pb2.WatchEventsRequest(location_id=1, after_number=2),
                    seconds=self.program.deadline_seconds + 1,
                )
            )
        )
        self.assertEqual(failure.code, "DEADLINE_EXCEEDED")
        self.assertGreater(len(events), 0)
        self.assertEqual([event.number for event in events], list(range(3, 3 + len(events))))


def over_both(namespace, name, connect, *kinds):
    """Puts test cases into a module: each kind, in plain text and over TLS."""
    for kind in kinds:
        for is_secured in (False, True):
            title = f"{name}{kind.__name__.removesuffix('Cases')}{'OverTLS' if is_secured else ''}"
            namespace[title] = type(
                title,
                (kind, unittest.TestCase),
                {
                    "connect": staticmethod(connect),
                    "is_secured": is_secured,
                    "__module__": namespace["__name__"],
                },
            )
