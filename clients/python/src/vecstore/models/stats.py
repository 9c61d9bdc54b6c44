"""Numbers of a namespace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class SegmentMemory:
    """Bytes that a segment holds in memory, by what they are.

    Attributes:
        graph: Codes and links, and what searches and builders need beside them.
        vectors: Vectors in full precision; the checksums of those on the disk.
        ids: Ids, the table that finds them, and their order once a list has asked for it.
        metadata: Metadata, and its columns by field, which filters read.
        text: Texts.
        sparse: Sparse vectors.
        other: Versions, deaths and times of expiry.
    """

    graph: int
    vectors: int
    ids: int
    metadata: int
    text: int
    sparse: int
    other: int


@dataclass(frozen=True, slots=True)
class SegmentStats:
    """One segment.

    Attributes:
        number: Names its files within the namespace.
        slots: Slots taken, dead ones too.
        live: Slots that hold a visible record.
        indexed: Slots that the graph links.
        has_graph: Whether it has a graph, finished or not.
        memory_bytes: The sum of ``memory``.
        memory: Bytes in memory by what they are.
        disk_bytes: Bytes of the files that the last checkpoint names.
        vectors_on_disk_bytes: Of these, vectors that are read when they are needed.
    """

    number: int
    slots: int
    live: int
    indexed: int
    has_graph: bool
    memory_bytes: int
    memory: SegmentMemory
    disk_bytes: int
    vectors_on_disk_bytes: int


@dataclass(frozen=True, slots=True)
class CacheStats:
    """The cache of answers of one namespace, since the server started."""

    hits: int
    misses: int
    evictions: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StoreStats:
    """The numbers of one namespace: counted, not estimated.

    Attributes:
        namespace: Its name.
        vector_count: Visible records.
        soft_deleted_count: Hidden records that ``restore`` would bring back.
        dead_count: Dead slots that a merge will reclaim.
        dimension: None until the first vector fixes it.
        sequence: Sequence of the last write.
        incarnation: Grows by one with each restore in place.
        segments: Each segment.
        index_backlog: Records that no graph holds yet and that queries scan; 0 in small namespaces.
        index_state: What queries search.
        disk_bytes: Bytes of the namespace's files, snapshots apart.
        snapshot_bytes: Bytes of its snapshots' files.
        memory_bytes: Bytes of vectors, codes, links, ids and metadata held in memory.
        log_bytes: Bytes of the log that a restart would read.
        last_checkpoint_at: In UTC; None before the first checkpoint.
        cache: None when the cache of answers is off.
        memory_bytes_per_record: ``memory_bytes`` for each visible record; 0 when there is none.
        disk_bytes_per_record: ``disk_bytes`` for each record that the last checkpoint holds; 0 when there is none.
    """

    namespace: str
    vector_count: int
    soft_deleted_count: int
    dead_count: int
    dimension: int | None
    sequence: int
    incarnation: int
    segments: tuple[SegmentStats, ...]
    index_backlog: int
    index_state: Literal["flat", "building", "ready", "unknown"]
    disk_bytes: int
    snapshot_bytes: int
    memory_bytes: int
    log_bytes: int
    last_checkpoint_at: datetime | None
    cache: CacheStats | None
    memory_bytes_per_record: float
    disk_bytes_per_record: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Times of several queries, milliseconds: mean, median, and what 95 and 99 of 100 did not exceed."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class RecallMeasurement:
    """How good and how fast the index is.

    Attributes:
        recall: Mean share of the exact k results that the index found, 0..1.
        samples: Queries run.
        limit: k of the queries.
        indexed: Time of a query with the index.
        exact: Time of an exact query.
    """

    recall: float
    samples: int
    limit: int
    indexed: Latency
    exact: Latency
