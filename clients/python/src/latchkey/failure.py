"""Why a call was refused or went wrong: the same over each protocol."""

from collections.abc import Iterable, Mapping
from typing import Self

from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo  # type: ignore[import-untyped]

# Codes of calls of which nobody knows whether they were carried out, or that a later one may replace.
_TRANSIENT = {"UNAVAILABLE", "DEADLINE_EXCEEDED"}


class Failure(Exception):
    def __init__(
        self,
        code: str,
        message: str,
        reason: str = "",
        violations: Mapping[str, str] | None = None,
        retry_seconds: float | None = None,
    ) -> None:
        super().__init__(code, message, reason)
        self.code = code
        """Canonical, e.g. `NOT_FOUND`."""
        self.message = message
        """For people."""
        self.reason = reason
        """What programs compare, e.g. `QR_EXPIRED`; empty where the server gave none."""
        self.violations = dict(violations or {})
        """By field of the request: what is wrong with it."""
        self.retry_seconds = retry_seconds
        """When a repeat may succeed; `None` where the server said nothing of repeats."""

    @classmethod
    def read(cls, code: str, message: str, details: Iterable[Any]) -> Self:
        """From what each protocol carries in its own way."""
        failure = cls(code, message)
        info, request, retry = ErrorInfo(), BadRequest(), RetryInfo()
        for detail in details:
            if detail.Unpack(info):
                failure.reason = info.reason
            elif detail.Unpack(request):
                failure.violations = {each.field: each.description for each in request.field_violations}
            elif detail.Unpack(retry):
                failure.retry_seconds = retry.retry_delay.ToTimedelta().total_seconds()
        return failure

    @property
    def is_transient(self) -> bool:
        """The same request may be repeated, with the same `request_id`."""
        return self.code in _TRANSIENT or self.retry_seconds is not None

    def __str__(self) -> str:
        name = f"{self.code} ({self.reason})" if self.reason else self.code
        return f"{name}: {self.message}"
