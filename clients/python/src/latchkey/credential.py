"""Who calls: what stands in the field `authorization` of each request."""

from dataclasses import dataclass, field
from typing import Protocol


class Credential(Protocol):
    def token(self) -> str:
        """What follows `Bearer`; asked for each request."""


@dataclass(frozen=True)
class APIKey:
    """A program, by the key that `latchkey api-key add` made for it."""

    key: str = field(repr=False)

    def token(self) -> str:
        return self.key


def authorization(credential: Credential) -> str:
    """The value of that field."""
    return f"Bearer {credential.token()}"
