"""Keys that make a write happen once."""

from __future__ import annotations

import secrets


def random_key() -> str:
    """A random key: 128 bits as hexadecimal digits."""
    return secrets.token_hex(16)
