"""API keys as messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .._gen import api_key_service_pb2 as pb
from ..errors import invalid_argument
from ..models.api_key import ApiKeyInfo, Role, ShownApiKey
from .enums import ROLES
from .text import to_utf8_safe
from .time import from_timestamp, to_timestamp


def to_create_api_key(
    role: Role, *, name: str, namespaces: Sequence[str], expires_at: datetime | None
) -> pb.CreateApiKeyRequest:
    """A request for a key.

    Raises:
        VecStoreError: INVALID_ARGUMENT for a role that there is not, or a time that is none; INVALID_NAME for a namespace that is no
            string.
    """
    request = pb.CreateApiKeyRequest(role=ROLES.number(role, "role"), name=to_utf8_safe(name, "name"))
    if isinstance(namespaces, str):
        raise invalid_argument(f"namespaces is the string {namespaces!r}; it must be a list of names", "INVALID_NAME")
    request.namespaces.extend(to_utf8_safe(each, "namespaces", "INVALID_NAME") for each in namespaces)
    if expires_at is not None:
        to_timestamp(expires_at, request.expires_at, "expires_at")
    return request


def from_api_key(message: pb.ApiKey) -> ApiKeyInfo:
    """A key of an answer."""

    def time(field: str) -> datetime | None:
        return from_timestamp(getattr(message, field)) if message.HasField(field) else None

    return ApiKeyInfo(
        id=message.id,
        name=message.name,
        prefix=message.prefix,
        role=ROLES.name_or_unknown(message.role),
        namespaces=tuple(message.namespaces),
        created_at=from_timestamp(message.created_at),
        expires_at=time("expires_at"),
        revoked_at=time("revoked_at"),
        rotated_at=time("rotated_at"),
    )


def from_shown_key(response: pb.CreateApiKeyResponse | pb.RotateApiKeyResponse) -> ShownApiKey:
    """The answer to a creation or rotation."""
    return ShownApiKey(response.key, from_api_key(response.api_key))
