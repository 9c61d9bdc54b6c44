"""Records as messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._gen import record_pb2 as pb
from ..errors import invalid_argument
from ..models.record import Record, StoredRecord
from ..models.write import RecordUpdate
from .metadata import from_metadata, to_metadata
from .number import to_uint64
from .text import to_id, to_utf8_safe
from .time import from_timestamp, to_timestamp
from .vector import from_sparse, from_vector, to_sparse, to_vector_bytes

_RECORD_KEYS = frozenset(Record.__slots__)
_UPDATE_KEYS = frozenset(RecordUpdate.__annotations__) | {"id"}


def to_record(record: object, target: pb.Record, name: str) -> None:
    """Fills a record, copying the vector and the metadata.

    Args:
        name: Path of the record, for messages.

    Raises:
        VecStoreError: invalid_argument for what the message cannot hold.
    """
    fields = record if isinstance(record, Record) else _from_mapping(record, name)
    target.id = to_id(fields.id, f"{name}.id")
    if fields.vector is not None:
        target.vector_f32 = to_vector_bytes(fields.vector, f"{name}.vector")
    if fields.metadata is not None:
        to_metadata(fields.metadata, target.metadata, f"{name}.metadata")
    if fields.sparse is not None:
        to_sparse(fields.sparse, target.sparse, f"{name}.sparse")
    if fields.text is not None:
        target.text = to_utf8_safe(fields.text, f"{name}.text")
    if fields.expires_at is not None:
        to_timestamp(fields.expires_at, target.expires_at, f"{name}.expires_at")
    if fields.if_version is not None:
        target.if_version = to_uint64(fields.if_version, f"{name}.if_version")


def from_record(message: pb.Record) -> StoredRecord:
    """A record that the caller owns."""
    return StoredRecord(
        message.id,
        message.version,
        from_vector(message.vector),
        from_sparse(message.sparse) if message.HasField("sparse") else None,
        message.text if message.HasField("text") else None,
        from_metadata(message.metadata) if message.HasField("metadata") else None,
        from_timestamp(message.expires_at) if message.HasField("expires_at") else None,
    )


def to_record_update(update: Mapping[str, Any], target: pb.RecordUpdate, name: str) -> None:
    """Fills a partial change.

    Raises:
        VecStoreError: invalid_argument for what the message cannot hold.
    """
    _check_keys(update, _UPDATE_KEYS, name)
    target.id = to_id(update.get("id"), f"{name}.id")
    if update.get("merge_metadata") is not None:
        to_metadata(update["merge_metadata"], target.merge_metadata, f"{name}.merge_metadata")
    if update.get("replace_metadata") is not None:
        to_metadata(update["replace_metadata"], target.replace_metadata, f"{name}.replace_metadata")
    if "text" in update:
        if update["text"] is None:
            target.clear_text = True
        else:
            target.text = to_utf8_safe(update["text"], f"{name}.text")
    if "expires_at" in update:
        if update["expires_at"] is None:
            target.clear_expires_at = True
        else:
            to_timestamp(update["expires_at"], target.expires_at, f"{name}.expires_at")
    if update.get("if_version") is not None:
        target.if_version = to_uint64(update["if_version"], f"{name}.if_version")


def _from_mapping(record: object, name: str) -> Record:
    _check_keys(record, _RECORD_KEYS, name)
    assert isinstance(record, Mapping)
    if "id" not in record:
        raise invalid_argument(f"{name} has no id", "INVALID_ID")
    return Record(**record)


def _check_keys(value: object, allowed: frozenset[str], name: str) -> None:
    if not isinstance(value, Mapping):
        raise invalid_argument(f"{name} is of type {type(value).__name__}; it must be a dict or a Record")
    unknown = [key for key in value if key not in allowed]
    if unknown:
        raise invalid_argument(f"{name} has the key {unknown[0]!r}; allowed are {', '.join(sorted(allowed))}")
