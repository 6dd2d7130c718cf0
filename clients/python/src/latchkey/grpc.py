"""Latchkey over gRPC, by grpcio."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import grpc
from grpc_status import rpc_status

from latchkey.credential import Credential, authorization
from latchkey.failure import Failure


def channel(server: str, credential: Credential | None = None, trusted: bytes | None = None) -> grpc.Channel:
    """Opens a server for the stubs of `latchkey.v1.*_pb2_grpc`.

    `server` is `https://host:port`; or `http://host:port`, which servers take on their own machine only. `trusted`
    are certificates (PEM) of authorities, or the server's own, in place of those that grpcio knows.
    """
    address = urlsplit(server)
    match address.scheme:
        case "https":
            opened = grpc.secure_channel(address.netloc, grpc.ssl_channel_credentials(trusted))
        case "http":
            opened = grpc.insecure_channel(address.netloc)
        case _:
            raise ValueError(f"'{server}' is no server; name one as https://host:port")
    return opened if credential is None else grpc.intercept_channel(opened, _Bearer(credential))


def failure(error: grpc.RpcError) -> Failure:
    """What an error of grpcio says, with its details."""
    # Each error of a call is the call as well.
    assert isinstance(error, grpc.Call)
    status = rpc_status.from_call(error)
    return Failure.read(error.code().name, error.details() or "", status.details if status else ())


class _Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Says with each call who calls."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        return continuation(_Details(client_call_details, authorization(self._credential)), request)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        return continuation(_Details(client_call_details, authorization(self._credential)), request)


class _Details(grpc.ClientCallDetails):
    def __init__(self, details: grpc.ClientCallDetails, authorization: str) -> None:
        self.method, self.timeout = details.method, details.timeout
        self.metadata = (*(details.metadata or ()), ("authorization", authorization))
        self.credentials, self.wait_for_ready = details.credentials, details.wait_for_ready
        self.compression = details.compression
