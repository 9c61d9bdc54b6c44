"""Writes and what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict

#: ``upsert`` writes; ``insert_only`` refuses what exists; ``update_only`` refuses what does not.
WriteMode = Literal["upsert", "insert_only", "update_only"]


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """What a batch did.

    Attributes:
        upserted: Records written: all of the batch.
        inserted: Of these, how many ids were not there before.
        sequence: Namespace sequence of this write.
        versions: Version of each record, in the order given.
    """

    upserted: int
    inserted: int
    sequence: int
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UpsertAllProgress:
    """How far ``upsert_all`` is.

    Attributes:
        upserted: Records written, in whatever order their batches ended.
        inserted: Of these, how many ids were not there before.
        committed: Records from the start of the input that are all written: where to go on after a failure.
        batches: Batches written.
        sequence: Largest namespace sequence of a batch.
        retries: Attempts that failed for a passing cause and were repeated.
    """

    upserted: int = 0
    inserted: int = 0
    committed: int = 0
    batches: int = 0
    sequence: int = 0
    retries: int = 0


class _UpdateId(TypedDict):
    id: str


class RecordUpdate(_UpdateId, total=False):
    """A partial change of one record, as a dict; the vector is kept.

    ``merge_metadata`` is merged key by key at the top level, where None removes a key; ``replace_metadata`` replaces all;
    ``text`` and ``expires_at`` replace, where None removes; ``if_version`` makes it conditional.
    """

    merge_metadata: Mapping[str, Any]
    replace_metadata: Mapping[str, Any]
    text: str | None
    expires_at: datetime | None
    if_version: int


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What ``update`` did: records changed, the sequence of the write, and the version of each record in the order given."""

    updated: int
    sequence: int
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AffectedResult:
    """What ``delete``, ``soft_delete`` or ``restore`` did.

    Attributes:
        affected: Records that changed; asking for what is not there is not an error.
        sequence: Namespace sequence after the last of them.
    """

    affected: int
    sequence: int


@dataclass(frozen=True, slots=True)
class CompactResult:
    """What ``compact`` did or, on a dry run, would do.

    Attributes:
        removed: Dead slots reclaimed. Soft-deleted records are kept.
        freed_bytes: Bytes of files freed.
        segments_before: Segments before.
        segments_after: Segments after.
    """

    removed: int
    freed_bytes: int
    segments_before: int
    segments_after: int
