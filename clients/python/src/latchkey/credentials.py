"""Who calls: what goes into the field `authorization` of each request."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pyseto
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

# What an assertion is signed over where no server gave a nonce.
_ASSERTION = b"latchkey bearer"
# Seconds: no server believes an assertion for longer.
_LIFETIME = 60
# Seconds: a token in use is replaced while it is still good.
_RENEWED_BEFORE_END = 20


class Credential(Protocol):
    def token(self) -> str:
        """What stands behind `Bearer`; asked for each request."""


@dataclass(frozen=True)
class APIKey:
    """A program, by the key that the desk gave it."""

    key: str = field(repr=False)

    def token(self) -> str:
        return self.key


class DeviceKey:
    """An enrolled device, by the key pair that it made for itself."""

    def __init__(self, seed: bytes) -> None:
        """`seed`: the 32 secret bytes; who has them is the device."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public_pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.public_key: bytes = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._key = pyseto.Key.new(version=4, purpose="public", key=pem)
        self.key_id: str = pyseto.Key.new(version=4, purpose="public", key=public_pem).to_paserk_id()

    def assertion(self, audience: str, device_id: int, now: float) -> str:
        """A token that this device signs for one server, good for a minute from `now` (Unix seconds)."""
        issued = int(now)
        claims = {"aud": audience, "dev": device_id, "iat": issued, "exp": issued + _LIFETIME}
        token = pyseto.encode(
            self._key,
            json.dumps(claims, sort_keys=True, separators=(",", ":")).encode(),
            footer=self.key_id.encode(),
            implicit_assertion=_ASSERTION,
        )
        return token.decode()


class Device:
    """An enrolled device that calls one server."""

    def __init__(
        self, key: DeviceKey, device_id: int, audience: str, clock: Callable[[], float] = time.time
    ) -> None:
        """`audience`: as `AuthService/Challenge` names it."""
        self._key, self._device_id, self._audience, self._clock = key, device_id, audience, clock
        self._token, self._renewal = "", 0.0

    def token(self) -> str:
        now = self._clock()
        if now >= self._renewal:
            self._token = self._key.assertion(self._audience, self._device_id, now)
            self._renewal = now + _LIFETIME - _RENEWED_BEFORE_END
        return self._token
