"""An enrolled device: it proves who it is by what it signs."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pyseto
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

# What an assertion is signed over where no server gave a nonce.
_ASSERTION = b"latchkey bearer"
# Seconds: no server believes an assertion for longer.
_LIFETIME = 60
# Seconds: a token in use is replaced while it is still good.
_RENEWED_BEFORE_END = 20


class DeviceKey:
    """The key pair that a device makes for itself."""

    def __init__(self, seed: bytes) -> None:
        """`seed`: the 32 secret bytes; who has them is the device."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        public = private.public_key()
        self.seed = seed
        self.public_key = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        """32 bytes, for `AuthService/Enroll`."""
        self._signing = pyseto.Key.new(
            4, "public", private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        verifying = pyseto.Key.new(
            4, "public", public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        self._footer = verifying.to_paserk_id().encode()

    @classmethod
    def new(cls) -> Self:
        return cls(os.urandom(32))

    def assertion(self, audience: str, device_id: int, now: float) -> str:
        """A token that the device signs for one server, good for a minute from `now` (Unix seconds)."""
        issued = int(now)
        claims = {"aud": audience, "dev": device_id, "iat": issued, "exp": issued + _LIFETIME}
        message = json.dumps(claims, sort_keys=True, separators=(",", ":")).encode()
        token = pyseto.encode(self._signing, message, footer=self._footer, implicit_assertion=_ASSERTION)
        return token.decode()


class Device:
    """A device that calls one server: a `Credential`."""

    def __init__(
        self, key: DeviceKey, device_id: int, audience: str, clock: Callable[[], float] = time.time
    ) -> None:
        """`device_id`: from `AuthService/Enroll`. `audience`: from `AuthService/Challenge`."""
        self._key, self._device_id, self._audience, self._clock = key, device_id, audience, clock
        self._token, self._renewal = "", 0.0

    def token(self) -> str:
        now = self._clock()
        if now >= self._renewal:
            self._token = self._key.assertion(self._audience, self._device_id, now)
            self._renewal = now + _LIFETIME - _RENEWED_BEFORE_END
        return self._token

    def save(self, path: Path) -> None:
        """Into a new file that the user of this process alone can read."""
        state = {"seed": self._key.seed.hex(), "device_id": self._device_id, "audience": self._audience}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(state, file)

    @classmethod
    def load(cls, path: Path) -> Self:
        state = json.loads(path.read_text(encoding="utf-8"))
        return cls(DeviceKey(bytes.fromhex(state["seed"])), state["device_id"], state["audience"])
