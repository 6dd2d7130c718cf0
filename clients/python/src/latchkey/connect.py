"""Latchkey over Connect, or by choice over gRPC-Web or gRPC, by connectrpc."""

from typing import Any, TypeVar

from connectrpc.client import ConnectClientSync
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from connectrpc.request import RequestContext
from pyqwest import HTTPVersion, SyncClient, SyncHTTPTransport

from latchkey.credential import Credential, authorization
from latchkey.failure import Failure

Client = TypeVar("Client", bound=ConnectClientSync)


class Server:
    """A server, for the clients of `latchkey.v1.*_connect`.

    `address` is `https://host:port`; or `http://host:port`, which servers take on their own machine only. `trusted`
    are certificates (PEM) of authorities, or the server's own, in place of those of the system.
    """

    def __init__(
        self,
        address: str,
        credential: Credential | None = None,
        trusted: bytes | None = None,
        *,
        protocol: ProtocolType = ProtocolType.CONNECT,
        json: bool = False,
    ) -> None:
        self._address, self._protocol, self._json = address, protocol, json
        self._interceptors = [] if credential is None else [_Bearer(credential)]
        # gRPC is spoken over HTTP/2 alone; for all else both sides agree, or it is HTTP/1.1 in plain text.
        version = HTTPVersion.HTTP2 if protocol is ProtocolType.GRPC else None
        self._http = SyncClient(
            SyncHTTPTransport(
                tls_ca_cert=trusted, tls_include_system_certs=trusted is None, http_version=version
            )
        )

    def client(self, service: type[Client]) -> Client:
        """Of one service, e.g. `EventServiceClientSync`. Clients share the server's connections."""
        return service(
            self._address,
            proto_json=self._json,
            protocol=self._protocol,
            interceptors=self._interceptors,
            http_client=self._http,
        )


def failure(error: ConnectError) -> Failure:
    """What an error of connectrpc says, with its details."""
    # Connect spells this one with one l, where all others have two.
    code = "CANCELLED" if error.code is Code.CANCELED else error.code.name
    return Failure.read(code, error.message, error.details)


class _Bearer:
    """Says with each call who calls."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def on_start_sync(self, ctx: RequestContext[Any, Any]) -> None:
        ctx.request_headers()["authorization"] = authorization(self._credential)

    def on_end_sync(self, token: None, ctx: RequestContext[Any, Any], error: Exception | None) -> None:
        pass
