"""Channels that say who calls, and failures as the server means them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from latchkey.credentials import Credential


@dataclass(frozen=True)
class Failure(Exception):
    """Why a call was refused or went wrong."""

    code: str
    """Canonical, e.g. `NOT_FOUND`."""
    reason: str
    """What programs compare, e.g. `QR_EXPIRED`; empty where the server gave none."""
    message: str
    """For people."""
    violations: dict[str, str] = field(default_factory=dict)
    """By field of the request: what is wrong with it."""

    def __str__(self) -> str:
        return f"{self.code} {self.reason}: {self.message}"


def failure(error: grpc.RpcError) -> Failure:
    """What a gRPC error says, its details included."""
    reason, violations = "", {}
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(request):
            violations = {each.field: each.description for each in request.field_violations}
    return Failure(error.code().name, reason, error.details() or "", violations)


def channel(address: str, credential: Credential | None = None, authority_file: str | None = None) -> grpc.Channel:
    """A gRPC channel to `host:port`: with TLS where `authority_file` names the certificates to trust (PEM), else in
    plain text, which servers take on their own machine only."""
    if authority_file is None:
        opened = grpc.insecure_channel(address)
    else:
        with open(authority_file, "rb") as file:
            opened = grpc.secure_channel(address, grpc.ssl_channel_credentials(file.read()))
    return opened if credential is None else grpc.intercept_channel(opened, _Bearer(credential))


def request_id() -> str:
    """A new one for each request; the same one to repeat a request whose answer was lost."""
    return str(uuid.uuid4())


class _Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def _called(self, then: Callable[..., Any], details: grpc.ClientCallDetails, request: Any) -> Any:
        metadata = list(details.metadata or []) + [("authorization", f"Bearer {self._credential.token()}")]
        return then(_Details(details, metadata), request)

    intercept_unary_unary = _called
    intercept_unary_stream = _called


class _Details(grpc.ClientCallDetails):
    def __init__(self, details: grpc.ClientCallDetails, metadata: list[tuple[str, str]]) -> None:
        self.method, self.timeout, self.metadata = details.method, details.timeout, metadata
        self.credentials, self.wait_for_ready = details.credentials, details.wait_for_ready
        self.compression = details.compression
