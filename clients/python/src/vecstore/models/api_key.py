"""API keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

#: What a key may do: reader, writer and owner in the namespaces that it is bound to, admin and metrics on the server.
Role = Literal["reader", "writer", "owner", "admin", "metrics"]


@dataclass(frozen=True, slots=True)
class ApiKeyInfo:
    """A key without its secret.

    Attributes:
        id: Names the key in logs and calls, and stays when it is rotated.
        name: For people; may be empty.
        prefix: The first characters of the secret, to recognize it by.
        role: What it may do; ``unknown`` when a newer server says what this client does not know.
        namespaces: Where; empty for admin and metrics.
        created_at: When it was made, in UTC.
        expires_at: From then on it does not work. None: never.
        revoked_at: When it was withdrawn. None: it was not.
        rotated_at: When it last got a new secret. None: never.
    """

    id: str
    name: str
    prefix: str
    role: Role | Literal["unknown"]
    namespaces: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    rotated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownApiKey:
    """A key with its secret, which is shown this once.

    Attributes:
        key: The secret: what goes into the option ``api_key`` of a client. It is left out of ``repr``.
        info: The key without it.
    """

    key: str = field(repr=False)
    info: ApiKeyInfo
