"""Writes as messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._gen import write_pb2 as pb
from ..columns import Columns
from ..errors import invalid_argument
from ..filters import FilterInput
from ..models.record import RecordInput
from ..models.write import UpdateResult, UpsertResult, WriteMode
from .enums import WRITE_MODES
from .filter import set_filter
from .record import to_record, to_record_update
from .text import to_id, to_utf8_safe


def to_upsert(
    records: Iterable[RecordInput] | Columns, *, namespace: str, mode: WriteMode | None, idempotency_key: str | None
) -> pb.UpsertRequest:
    """Turns a batch into its message.

    Raises:
        VecStoreError: invalid_argument for what the message cannot hold.
    """
    request = pb.UpsertRequest(namespace=namespace)
    if mode is not None:
        request.mode = WRITE_MODES.number(mode, "mode")
    if idempotency_key is not None:
        request.idempotency_key = to_utf8_safe(idempotency_key, "idempotency_key")
    fill_records(records, request.records)
    return request


def fill_records(records: Iterable[RecordInput] | Columns, target: Any) -> None:
    """Fills a repeated field."""
    if isinstance(records, Columns):
        for row in records:
            row.fill(target.add())
        return
    if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
        kind = type(records).__name__
        raise invalid_argument(f"records is of type {kind}; it must be a list of records, or Columns")
    for position, record in enumerate(records):
        to_record(record, target.add(), f"records[{position}]")


def from_upsert(response: pb.UpsertResponse) -> UpsertResult:
    """What a batch did."""
    return UpsertResult(response.upserted, response.inserted, response.sequence, tuple(response.versions))


def to_update(updates: Iterable[Mapping[str, Any]], namespace: str) -> pb.UpdateRequest:
    """Turns partial changes into their message."""
    request = pb.UpdateRequest(namespace=namespace)
    for position, update in enumerate(updates):
        to_record_update(update, request.updates.add(), f"updates[{position}]")
    return request


def from_update(response: pb.UpdateResponse) -> UpdateResult:
    """What an update did."""
    return UpdateResult(response.updated, response.sequence, tuple(response.versions))


def set_target(
    request: pb.DeleteRequest | pb.SoftDeleteRequest | pb.RestoreRequest,
    ids: Sequence[str] | None,
    filter: FilterInput | None,
    all: bool,
) -> None:
    """Fills the fields that delete, soft_delete and restore share; the server refuses a target that is empty.

    Raises:
        VecStoreError: invalid_argument for what the message cannot hold.
    """
    if isinstance(ids, str):
        raise invalid_argument(f"ids is the string {ids!r}; it must be a list of ids", "INVALID_ID")
    request.ids.extend(to_id(each, f"ids[{position}]") for position, each in enumerate(ids or ()))
    set_filter(request, filter)
    if not isinstance(all, bool):
        raise invalid_argument(f"all is {all!r}; it must be True or False")
    request.all = all
