# Generated from vecstore/v1/stats.proto by npm run gen. Do not edit.
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from vecstore._gen import filter_pb2 as _filter_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IndexState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INDEX_STATE_UNSPECIFIED: _ClassVar[IndexState]
    INDEX_STATE_FLAT: _ClassVar[IndexState]
    INDEX_STATE_BUILDING: _ClassVar[IndexState]
    INDEX_STATE_READY: _ClassVar[IndexState]
INDEX_STATE_UNSPECIFIED: IndexState
INDEX_STATE_FLAT: IndexState
INDEX_STATE_BUILDING: IndexState
INDEX_STATE_READY: IndexState

class GetStatsRequest(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    def __init__(self, namespace: _Optional[str] = ...) -> None: ...

class GetStatsResponse(_message.Message):
    __slots__ = ("namespace", "vector_count", "soft_deleted_count", "dead_count", "dimension", "sequence", "incarnation", "segments", "index_backlog", "index_state", "disk_bytes", "snapshot_bytes", "memory_bytes", "log_bytes", "last_checkpoint_at", "cache", "memory_bytes_per_record", "disk_bytes_per_record")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    VECTOR_COUNT_FIELD_NUMBER: _ClassVar[int]
    SOFT_DELETED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DEAD_COUNT_FIELD_NUMBER: _ClassVar[int]
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    INDEX_BACKLOG_FIELD_NUMBER: _ClassVar[int]
    INDEX_STATE_FIELD_NUMBER: _ClassVar[int]
    DISK_BYTES_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    LOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    LAST_CHECKPOINT_AT_FIELD_NUMBER: _ClassVar[int]
    CACHE_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_PER_RECORD_FIELD_NUMBER: _ClassVar[int]
    DISK_BYTES_PER_RECORD_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    vector_count: int
    soft_deleted_count: int
    dead_count: int
    dimension: int
    sequence: int
    incarnation: int
    segments: _containers.RepeatedCompositeFieldContainer[SegmentStats]
    index_backlog: int
    index_state: IndexState
    disk_bytes: int
    snapshot_bytes: int
    memory_bytes: int
    log_bytes: int
    last_checkpoint_at: _timestamp_pb2.Timestamp
    cache: CacheStats
    memory_bytes_per_record: float
    disk_bytes_per_record: float
    def __init__(self, namespace: _Optional[str] = ..., vector_count: _Optional[int] = ..., soft_deleted_count: _Optional[int] = ..., dead_count: _Optional[int] = ..., dimension: _Optional[int] = ..., sequence: _Optional[int] = ..., incarnation: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[SegmentStats, _Mapping]]] = ..., index_backlog: _Optional[int] = ..., index_state: _Optional[_Union[IndexState, str]] = ..., disk_bytes: _Optional[int] = ..., snapshot_bytes: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., log_bytes: _Optional[int] = ..., last_checkpoint_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cache: _Optional[_Union[CacheStats, _Mapping]] = ..., memory_bytes_per_record: _Optional[float] = ..., disk_bytes_per_record: _Optional[float] = ...) -> None: ...

class SegmentStats(_message.Message):
    __slots__ = ("number", "slots", "live", "indexed", "has_graph", "memory_bytes", "memory", "disk_bytes", "vectors_on_disk_bytes")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    INDEXED_FIELD_NUMBER: _ClassVar[int]
    HAS_GRAPH_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_FIELD_NUMBER: _ClassVar[int]
    DISK_BYTES_FIELD_NUMBER: _ClassVar[int]
    VECTORS_ON_DISK_BYTES_FIELD_NUMBER: _ClassVar[int]
    number: int
    slots: int
    live: int
    indexed: int
    has_graph: bool
    memory_bytes: int
    memory: SegmentMemory
    disk_bytes: int
    vectors_on_disk_bytes: int
    def __init__(self, number: _Optional[int] = ..., slots: _Optional[int] = ..., live: _Optional[int] = ..., indexed: _Optional[int] = ..., has_graph: _Optional[bool] = ..., memory_bytes: _Optional[int] = ..., memory: _Optional[_Union[SegmentMemory, _Mapping]] = ..., disk_bytes: _Optional[int] = ..., vectors_on_disk_bytes: _Optional[int] = ...) -> None: ...

class SegmentMemory(_message.Message):
    __slots__ = ("graph", "vectors", "ids", "metadata", "text", "sparse", "other")
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SPARSE_FIELD_NUMBER: _ClassVar[int]
    OTHER_FIELD_NUMBER: _ClassVar[int]
    graph: int
    vectors: int
    ids: int
    metadata: int
    text: int
    sparse: int
    other: int
    def __init__(self, graph: _Optional[int] = ..., vectors: _Optional[int] = ..., ids: _Optional[int] = ..., metadata: _Optional[int] = ..., text: _Optional[int] = ..., sparse: _Optional[int] = ..., other: _Optional[int] = ...) -> None: ...

class CacheStats(_message.Message):
    __slots__ = ("hits", "misses", "evictions", "size_bytes")
    HITS_FIELD_NUMBER: _ClassVar[int]
    MISSES_FIELD_NUMBER: _ClassVar[int]
    EVICTIONS_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    hits: int
    misses: int
    evictions: int
    size_bytes: int
    def __init__(self, hits: _Optional[int] = ..., misses: _Optional[int] = ..., evictions: _Optional[int] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class CompactRequest(_message.Message):
    __slots__ = ("namespace", "dry_run")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    dry_run: bool
    def __init__(self, namespace: _Optional[str] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class CompactResponse(_message.Message):
    __slots__ = ("removed", "freed_bytes", "segments_before", "segments_after")
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    FREED_BYTES_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_BEFORE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_AFTER_FIELD_NUMBER: _ClassVar[int]
    removed: int
    freed_bytes: int
    segments_before: int
    segments_after: int
    def __init__(self, removed: _Optional[int] = ..., freed_bytes: _Optional[int] = ..., segments_before: _Optional[int] = ..., segments_after: _Optional[int] = ...) -> None: ...

class MeasureRecallRequest(_message.Message):
    __slots__ = ("namespace", "sample_size", "limit", "ef_search", "filter", "filter_ast")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_SIZE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    EF_SEARCH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    FILTER_AST_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    sample_size: int
    limit: int
    ef_search: int
    filter: str
    filter_ast: _filter_pb2.Filter
    def __init__(self, namespace: _Optional[str] = ..., sample_size: _Optional[int] = ..., limit: _Optional[int] = ..., ef_search: _Optional[int] = ..., filter: _Optional[str] = ..., filter_ast: _Optional[_Union[_filter_pb2.Filter, _Mapping]] = ...) -> None: ...

class MeasureRecallResponse(_message.Message):
    __slots__ = ("recall", "sample_size", "limit", "indexed", "exact")
    RECALL_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_SIZE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    INDEXED_FIELD_NUMBER: _ClassVar[int]
    EXACT_FIELD_NUMBER: _ClassVar[int]
    recall: float
    sample_size: int
    limit: int
    indexed: Latency
    exact: Latency
    def __init__(self, recall: _Optional[float] = ..., sample_size: _Optional[int] = ..., limit: _Optional[int] = ..., indexed: _Optional[_Union[Latency, _Mapping]] = ..., exact: _Optional[_Union[Latency, _Mapping]] = ...) -> None: ...

class Latency(_message.Message):
    __slots__ = ("mean_ms", "p50_ms", "p95_ms", "p99_ms")
    MEAN_MS_FIELD_NUMBER: _ClassVar[int]
    P50_MS_FIELD_NUMBER: _ClassVar[int]
    P95_MS_FIELD_NUMBER: _ClassVar[int]
    P99_MS_FIELD_NUMBER: _ClassVar[int]
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    def __init__(self, mean_ms: _Optional[float] = ..., p50_ms: _Optional[float] = ..., p95_ms: _Optional[float] = ..., p99_ms: _Optional[float] = ...) -> None: ...
