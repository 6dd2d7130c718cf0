"""Typed clients for a Latchkey server.

`latchkey.v1` is generated from the contract: messages in `*_pb2`, gRPC stubs in `*_pb2_grpc`, Connect clients in
`*_connect`. What is written by hand beside it:

- `latchkey.grpc` and `latchkey.connect` open a server, say who calls, and read failures;
- `latchkey.device` is an enrolled device, which signs for itself;
- `latchkey.pages` reads lists to their end.
"""

import uuid

from latchkey.credential import APIKey, Credential
from latchkey.failure import Failure

__all__ = ["APIKey", "Credential", "Failure", "new_request_id"]


def new_request_id() -> str:
    """For each new request; one whose answer was lost is repeated with the id that it had."""
    return str(uuid.uuid4())
