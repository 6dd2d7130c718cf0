"""Clients written by others, each behind the same few verbs, so that one set of cases runs on all of them."""

import base64
import json
import subprocess

import grpc
import latchkey.connect
import latchkey.grpc
from connectrpc.client import ConnectClientSync
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo
from connectrpc.protocol import ProtocolType
from google.protobuf import any_pb2, json_format
from google.protobuf.message_factory import GetMessageClass
from latchkey import Failure
from servers import ROOT

# Bytes of a request that still goes into a URL.
LONGEST_QUERY = 1 << 10
BUF = ROOT / ".venv/bin/buf"


def messages(method):
    """The classes of a method's request and response, by its descriptor."""
    return GetMessageClass(method.input_type), GetMessageClass(method.output_type)


def path(method):
    return f"{method.containing_service.full_name}/{method.name}"


class GRPCIO:
    """Google's gRPC for Python, a C++ core."""

    can_send_both_ways = can_cancel_unary = can_compress = True
    can_forget_deadline = False
    deadline_seconds = 0.3

    def __init__(self, endpoint, credential=None):
        self.channel = latchkey.grpc.channel(endpoint.url, credential, endpoint.trusted)

    def _callable(self, kind, method):
        request, response = messages(method)
        return getattr(self.channel, kind)(
            f"/{path(method)}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )

    def unary(self, method, request, seconds=None, compressed=False):
        compression = grpc.Compression.Gzip if compressed else None
        with self._failures():
            return self._callable("unary_unary", method)(request, timeout=seconds, compression=compression)

    def stream(self, method, request, seconds=None):
        with self._failures():
            yield from self._callable("unary_stream", method)(request, timeout=seconds)

    def join(self, method, requests):
        with self._failures():
            return self._callable("stream_unary", method)(iter(requests))

    def both(self, method, requests):
        with self._failures():
            yield from self._callable("stream_stream", method)(iter(requests))

    def cancelled(self, method, request, after):
        """Begins a call, and gives it up once `after()` says so."""
        kind = "unary_stream" if method.server_streaming else "unary_unary"
        call = self._callable(kind, method)
        running = call(request) if method.server_streaming else call.future(request)
        after()
        running.cancel()

    def close(self):
        self.channel.close()

    @staticmethod
    def _failures():
        return _Translated(grpc.RpcError, latchkey.grpc.failure)


class ConnectRPC:
    """Buf's Connect for Python, on a Rust HTTP stack; `protocol` and JSON as told."""

    can_cancel_unary, can_compress, can_forget_deadline = False, True, True
    deadline_seconds = 0.3

    def __init__(self, protocol, as_json, endpoint, credential=None):
        server = latchkey.connect.Server(
            endpoint.url, credential, endpoint.trusted, protocol=protocol, json=as_json
        )
        self.client = server.client(ConnectClientSync)
        self.protocol = protocol
        is_connect = protocol is ProtocolType.CONNECT
        self._timeout_header, self._timeout_unit = (
            ("connect-timeout-ms", "") if is_connect else ("grpc-timeout", "m")
        )
        # That is HTTP/2's alone.
        self.can_send_both_ways = protocol is ProtocolType.GRPC or endpoint.authority is not None

    @staticmethod
    def _info(method):
        request, response = messages(method)
        is_read = method.GetOptions().idempotency_level == method.GetOptions().NO_SIDE_EFFECTS
        return MethodInfo(
            name=method.name,
            service_name=method.containing_service.full_name,
            input=request,
            output=response,
            idempotency_level=IdempotencyLevel.NO_SIDE_EFFECTS if is_read else IdempotencyLevel.UNKNOWN,
        )

    def unary(self, method, request, seconds=None, compressed=False, forgotten=None):
        """`forgotten`: a deadline that the server is told and this side does not keep."""
        # It compresses each request by itself. What only reads is asked by GET where that exists.
        info = self._info(method)
        is_get = (
            self.protocol is ProtocolType.CONNECT
            and info.idempotency_level is IdempotencyLevel.NO_SIDE_EFFECTS
            and request.ByteSize() <= LONGEST_QUERY
        )
        headers = (
            {self._timeout_header: f"{_milliseconds(forgotten)}{self._timeout_unit}"} if forgotten else None
        )
        with self._failures():
            return self.client.execute_unary(
                request=request,
                method=info,
                headers=headers,
                timeout_ms=_milliseconds(seconds),
                use_get=is_get,
            )

    def stream(self, method, request, seconds=None):
        with self._failures():
            yield from self.client.execute_server_stream(
                request=request, method=self._info(method), timeout_ms=_milliseconds(seconds)
            )

    def join(self, method, requests):
        with self._failures():
            return self.client.execute_client_stream(request=iter(requests), method=self._info(method))

    def both(self, method, requests):
        with self._failures():
            yield from self.client.execute_bidi_stream(request=iter(requests), method=self._info(method))

    def cancelled(self, method, request, after):
        """Gives up a stream, by reading no further; there is no way to give up anything else."""
        answers = self.client.execute_server_stream(request=request, method=self._info(method))
        next(answers)
        after()
        answers.close()

    def close(self):
        self.client.close()

    @staticmethod
    def _failures():
        return _Translated(ConnectError, latchkey.connect.failure)


class BufCurl:
    """`buf curl`, on connect-go; with a schema, or without one: then it asks the server by reflection."""

    can_cancel_unary, can_compress, can_forget_deadline = True, False, False
    # It counts from its start, and reads the contract first.
    deadline_seconds = 4

    def __init__(self, protocol, schema, endpoint, credential=None, reflection="grpc-v1"):
        self.endpoint = endpoint
        self.flags = ["--protocol", protocol]
        self.flags += ["--schema", schema] if schema else ["--reflect-protocol", reflection]
        # gRPC wants HTTP/2, and so does reflection, which sends both ways.
        self.can_send_both_ways = endpoint.authority is not None or protocol == "grpc" or not schema
        if endpoint.authority:
            self.flags += ["--cacert", endpoint.authority]
        elif self.can_send_both_ways:
            self.flags += ["--http2-prior-knowledge"]
        if credential:
            self.flags += ["--header", f"authorization: Bearer {credential.token()}"]

    def _command(self, method, seconds=None):
        timeout = ["--timeout", f"{_milliseconds(seconds)}ms"] if seconds else []
        return [BUF, "curl", *self.flags, *timeout, "--data", "@-", f"{self.endpoint.url}/{path(method)}"]

    def _run(self, method, requests, seconds=None):
        text = "".join(json_format.MessageToJson(request) for request in requests)
        done = subprocess.run(
            self._command(method, seconds),
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        decoder, output = json.JSONDecoder(), done.stdout.lstrip()
        while output:
            answer, end = decoder.raw_decode(output)
            yield json_format.ParseDict(answer, messages(method)[1]())
            output = output[end:].lstrip()
        if done.returncode != 0:
            raise self._failure(done.stderr)

    def unary(self, method, request, seconds=None, compressed=False):
        (answer,) = self._run(method, [request], seconds)
        return answer

    def stream(self, method, request, seconds=None):
        yield from self._run(method, [request], seconds)

    def join(self, method, requests):
        (answer,) = self._run(method, requests)
        return answer

    def both(self, method, requests):
        yield from self._run(method, requests)

    def cancelled(self, method, request, after):
        """By the end of the process: its connection breaks."""
        running = subprocess.Popen(
            self._command(method),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        running.stdin.write(json_format.MessageToJson(request))
        running.stdin.close()
        after()
        running.kill()
        running.wait()

    def close(self):
        pass

    @staticmethod
    def _failure(text):
        try:
            error = json.loads(text)
        except ValueError:
            raise AssertionError(f"buf curl: {text}") from None
        code = {"canceled": "CANCELLED"}.get(error["code"], error["code"].upper())
        details = [
            any_pb2.Any(
                type_url=f"type.googleapis.com/{each['type']}",
                value=base64.b64decode(each["value"] + "=" * (-len(each["value"]) % 4)),
            )
            for each in error.get("details", [])
        ]
        return Failure.read(code, error.get("message", ""), details)


def _milliseconds(seconds):
    return None if seconds is None else round(seconds * 1000)


class _Translated:
    """Turns a library's errors into the one `Failure`."""

    def __init__(self, kind, read):
        self.kind, self.read = kind, read

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if isinstance(error, self.kind):
            raise self.read(error) from error
