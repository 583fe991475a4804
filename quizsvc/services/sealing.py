"""Secrets that the service must be able to read again: sealed with its secret key before they are stored."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from quizsvc.errors import NotReady

NONCE_BYTES = 12


class Seal:
    """AES-256-GCM under a key derived (HKDF-SHA256) from the service's secret key."""

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"quiz: what is stored sealed")
        self._cipher = AESGCM(derived.derive(secret_key.encode()))

    def close(self, secret: str, *, nonce: bytes) -> str:
        """The secret, sealed; `nonce` are 12 bytes of chance, never used twice."""
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, secret.encode(), None)).decode("ascii")

    def open(self, sealed: str) -> str:
        """The secret; raises NotReady where it was sealed with another key."""
        packed = base64.b64decode(sealed)
        try:
            return self._cipher.decrypt(packed[:NONCE_BYTES], packed[NONCE_BYTES:], None).decode()
        except InvalidTag:
            message = (
                "What is stored was sealed with another SECRET_KEY: set the one that the service had, "
                "or make new keys with lti rotate-keys."
            )
            raise NotReady(message) from None
