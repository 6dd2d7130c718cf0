"""grpcio, with its packages for health and reflection."""

import unittest

import grpc
import latchkey.grpc
from cases import CallCases, ProductCases, method, over_both
from clients import GRPCIO
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from interop.v1 import interop_pb2, interop_pb2_grpc
from latchkey import APIKey, Failure
from latchkey.v1 import auth_pb2, event_pb2
from servers import InteropServer, Latchkey

over_both(globals(), "GRPCIO", GRPCIO, CallCases, ProductCases)

SERVICES = {
    "latchkey.v1.AdminService",
    "latchkey.v1.AuthService",
    "latchkey.v1.EventService",
    "latchkey.v1.HandoverService",
    "latchkey.v1.HelpService",
    "latchkey.v1.KioskService",
    "latchkey.v1.LockerService",
    "latchkey.v1.WorkOrderService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
}


class Product(unittest.TestCase):
    """A server of its own for each test, which may end it."""

    def setUp(self):
        self.server = Latchkey()
        self.addCleanup(self.server.stop)
        self.channel = latchkey.grpc.channel(self.server.endpoint.url)
        self.addCleanup(self.channel.close)


class Health(Product):
    def setUp(self):
        super().setUp()
        self.health = health_pb2_grpc.HealthStub(self.channel)

    def check(self, service):
        return self.health.Check(health_pb2.HealthCheckRequest(service=service)).status

    def test_the_server_and_each_service_serve(self):
        for service in ["", *(SERVICES - {name for name in SERVICES if name.startswith("grpc.")})]:
            self.assertEqual(self.check(service), health_pb2.HealthCheckResponse.SERVING, service)

    def test_an_unknown_service_is_not_found(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.check("nobody")
        self.assertEqual(raised.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_who_watches_an_unknown_service_is_told_and_waits(self):
        watch = self.health.Watch(health_pb2.HealthCheckRequest(service="nobody"))
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
        watch.cancel()

    def test_who_watches_is_told_that_the_server_goes_down(self):
        watch = self.health.Watch(health_pb2.HealthCheckRequest())
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.SERVING)
        self.assertEqual(self.server.end(), 0)
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.NOT_SERVING)


class Reflection(Product):
    def setUp(self):
        super().setUp()
        self.database = ProtoReflectionDescriptorDatabase(self.channel)

    def test_all_services_are_listed(self):
        self.assertEqual(set(self.database.get_services()), SERVICES)

    def test_a_method_is_called_from_nothing_but_what_the_server_says(self):
        service = DescriptorPool(self.database).FindServiceByName("latchkey.v1.AuthService")
        client = GRPCIO(self.server.endpoint)
        self.addCleanup(client.close)
        answer = client.unary(service.methods_by_name["WhoAmI"], auth_pb2.WhoAmIRequest())
        self.assertEqual(answer.identity.caller, 1)

    def test_the_option_that_says_who_may_call_is_found_by_its_number(self):
        numbers = self.database.FindAllExtensionNumbers("google.protobuf.MethodOptions")
        self.assertEqual(list(numbers), [50700])
        request = reflection_pb2.ServerReflectionRequest(
            file_containing_extension=reflection_pb2.ExtensionRequest(
                containing_type="google.protobuf.MethodOptions", extension_number=50700
            )
        )
        stub = reflection_pb2_grpc.ServerReflectionStub(self.channel)
        files = next(
            stub.ServerReflectionInfo(iter([request]))
        ).file_descriptor_response.file_descriptor_proto
        self.assertEqual(FileDescriptorProto.FromString(files[0]).name, "latchkey/v1/access.proto")

    def test_what_is_not_there_is_not_found(self):
        with self.assertRaises(KeyError):
            self.database.FindFileContainingSymbol("latchkey.v1.Nothing")


class Ends(Product):
    """How the streams of a program end."""

    def setUp(self):
        super().setUp()
        self.server.furnish()
        self.program = GRPCIO(self.server.endpoint, APIKey(self.server.api_key))
        self.addCleanup(self.program.close)
        watch = method(event_pb2, "EventService", "WatchEvents")
        self.events = self.program.stream(watch, event_pb2.WatchEventsRequest(location_id=1))
        next(self.events)

    def ending(self):
        with self.assertRaises(Failure) as raised:
            for _ in self.events:
                pass
        return raised.exception.code, raised.exception.reason

    def test_S3_a_stream_ends_when_its_key_is_revoked(self):
        self.server.run("api-key", "revoke", "1")
        self.assertEqual(self.ending(), ("PERMISSION_DENIED", "DEVICE_REVOKED"))

    def test_a_stream_is_told_that_the_server_goes_down(self):
        self.assertEqual(self.server.end(), 0)
        self.assertEqual(self.ending(), ("UNAVAILABLE", "SERVER_DRAINING"))


class Concurrency(unittest.TestCase):
    def test_many_calls_share_a_connection(self):
        server = InteropServer()
        self.addCleanup(server.stop)
        for endpoint in (server.plain, server.tls):
            client = GRPCIO(endpoint)
            self.addCleanup(client.close)
            self.many_calls(client)

    def many_calls(self, client):
        stub = interop_pb2_grpc.InteropServiceStub(client.channel)
        calls = [stub.Echo.future(interop_pb2.EchoRequest(text=str(number))) for number in range(1000)]
        self.assertEqual([call.result().text for call in calls], [str(number) for number in range(1000)])


if __name__ == "__main__":
    unittest.main()
