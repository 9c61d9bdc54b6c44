"""Snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """A named copy of a namespace that never changes.

    Attributes:
        name: Its name.
        namespace: Name of the namespace.
        created_at: In UTC.
        sequence: Namespace sequence that it holds.
        vector_count: Visible records that it holds.
        bytes: Real bytes of its files.
    """

    name: str
    namespace: str
    created_at: datetime
    sequence: int
    vector_count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class RestoreSnapshotResult:
    """What ``restore_snapshot`` brought back.

    Attributes:
        namespace: The namespace that now holds the records.
        sequence: Its sequence.
        incarnation: Its incarnation, which grew by one when restored in place.
        vector_count: Visible records.
    """

    namespace: str
    sequence: int
    incarnation: int
    vector_count: int


@dataclass(frozen=True, slots=True)
class SnapshotChunk:
    """A piece of the archive of a snapshot, a tar file.

    Attributes:
        snapshot: The same in each chunk.
        total_bytes: Bytes of the whole archive, the same in each chunk.
        data: The next bytes, at most 256 KiB.
        crc32: CRC-32, as zip and gzip have it, of the archive from its first byte to the end of ``data``, whatever the offset is.
    """

    snapshot: SnapshotInfo
    total_bytes: int
    data: bytes
    crc32: int
