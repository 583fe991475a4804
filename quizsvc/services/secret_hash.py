"""How secrets that the service made itself are stored."""

from __future__ import annotations

import hashlib


def hash_secret(secret: str) -> str:
    """Plain SHA-256: the secret is random and long, so nothing slower is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()
