# Generated from vecstore/v1/namespace.proto by npm run gen. Do not edit.
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Metric(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    METRIC_UNSPECIFIED: _ClassVar[Metric]
    METRIC_COSINE: _ClassVar[Metric]
    METRIC_DOT: _ClassVar[Metric]
    METRIC_EUCLIDEAN: _ClassVar[Metric]

class Quantization(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUANTIZATION_UNSPECIFIED: _ClassVar[Quantization]
    QUANTIZATION_INT8: _ClassVar[Quantization]
    QUANTIZATION_NONE: _ClassVar[Quantization]
    QUANTIZATION_BINARY: _ClassVar[Quantization]

class TextAnalyzer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TEXT_ANALYZER_UNSPECIFIED: _ClassVar[TextAnalyzer]
    TEXT_ANALYZER_STANDARD: _ClassVar[TextAnalyzer]
    TEXT_ANALYZER_ENGLISH: _ClassVar[TextAnalyzer]

class NamespaceStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NAMESPACE_STATUS_UNSPECIFIED: _ClassVar[NamespaceStatus]
    NAMESPACE_STATUS_ACTIVE: _ClassVar[NamespaceStatus]
    NAMESPACE_STATUS_READ_ONLY: _ClassVar[NamespaceStatus]
    NAMESPACE_STATUS_SUSPENDED: _ClassVar[NamespaceStatus]
    NAMESPACE_STATUS_PENDING_DELETION: _ClassVar[NamespaceStatus]
METRIC_UNSPECIFIED: Metric
METRIC_COSINE: Metric
METRIC_DOT: Metric
METRIC_EUCLIDEAN: Metric
QUANTIZATION_UNSPECIFIED: Quantization
QUANTIZATION_INT8: Quantization
QUANTIZATION_NONE: Quantization
QUANTIZATION_BINARY: Quantization
TEXT_ANALYZER_UNSPECIFIED: TextAnalyzer
TEXT_ANALYZER_STANDARD: TextAnalyzer
TEXT_ANALYZER_ENGLISH: TextAnalyzer
NAMESPACE_STATUS_UNSPECIFIED: NamespaceStatus
NAMESPACE_STATUS_ACTIVE: NamespaceStatus
NAMESPACE_STATUS_READ_ONLY: NamespaceStatus
NAMESPACE_STATUS_SUSPENDED: NamespaceStatus
NAMESPACE_STATUS_PENDING_DELETION: NamespaceStatus

class Namespace(_message.Message):
    __slots__ = ("name", "status", "config", "quotas", "description", "labels", "created_at", "updated_at", "cache_answers")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    CACHE_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    status: NamespaceStatus
    config: NamespaceConfig
    quotas: Quotas
    description: str
    labels: _containers.ScalarMap[str, str]
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    cache_answers: bool
    def __init__(self, name: _Optional[str] = ..., status: _Optional[_Union[NamespaceStatus, str]] = ..., config: _Optional[_Union[NamespaceConfig, _Mapping]] = ..., quotas: _Optional[_Union[Quotas, _Mapping]] = ..., description: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cache_answers: _Optional[bool] = ...) -> None: ...

class NamespaceConfig(_message.Message):
    __slots__ = ("dimension", "metric", "m", "ef_construction", "ef_search", "quantization", "text_analyzer")
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    M_FIELD_NUMBER: _ClassVar[int]
    EF_CONSTRUCTION_FIELD_NUMBER: _ClassVar[int]
    EF_SEARCH_FIELD_NUMBER: _ClassVar[int]
    QUANTIZATION_FIELD_NUMBER: _ClassVar[int]
    TEXT_ANALYZER_FIELD_NUMBER: _ClassVar[int]
    dimension: int
    metric: Metric
    m: int
    ef_construction: int
    ef_search: int
    quantization: Quantization
    text_analyzer: TextAnalyzer
    def __init__(self, dimension: _Optional[int] = ..., metric: _Optional[_Union[Metric, str]] = ..., m: _Optional[int] = ..., ef_construction: _Optional[int] = ..., ef_search: _Optional[int] = ..., quantization: _Optional[_Union[Quantization, str]] = ..., text_analyzer: _Optional[_Union[TextAnalyzer, str]] = ...) -> None: ...

class Quotas(_message.Message):
    __slots__ = ("max_vectors", "max_qps", "max_storage_bytes", "max_connections", "max_concurrent_queries", "max_dimension", "max_results_per_query", "max_batch_size")
    MAX_VECTORS_FIELD_NUMBER: _ClassVar[int]
    MAX_QPS_FIELD_NUMBER: _ClassVar[int]
    MAX_STORAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENT_QUERIES_FIELD_NUMBER: _ClassVar[int]
    MAX_DIMENSION_FIELD_NUMBER: _ClassVar[int]
    MAX_RESULTS_PER_QUERY_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    max_vectors: int
    max_qps: float
    max_storage_bytes: int
    max_connections: int
    max_concurrent_queries: int
    max_dimension: int
    max_results_per_query: int
    max_batch_size: int
    def __init__(self, max_vectors: _Optional[int] = ..., max_qps: _Optional[float] = ..., max_storage_bytes: _Optional[int] = ..., max_connections: _Optional[int] = ..., max_concurrent_queries: _Optional[int] = ..., max_dimension: _Optional[int] = ..., max_results_per_query: _Optional[int] = ..., max_batch_size: _Optional[int] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("vector_count", "current_qps", "storage_bytes", "snapshot_bytes", "active_connections", "concurrent_queries", "queries_total", "writes_total", "refusals_total", "requests_total", "bytes_in_total", "bytes_out_total", "vector_seconds_total", "vector_milliseconds_rest")
    VECTOR_COUNT_FIELD_NUMBER: _ClassVar[int]
    CURRENT_QPS_FIELD_NUMBER: _ClassVar[int]
    STORAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_BYTES_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    CONCURRENT_QUERIES_FIELD_NUMBER: _ClassVar[int]
    QUERIES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    WRITES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    BYTES_IN_TOTAL_FIELD_NUMBER: _ClassVar[int]
    BYTES_OUT_TOTAL_FIELD_NUMBER: _ClassVar[int]
    VECTOR_SECONDS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    VECTOR_MILLISECONDS_REST_FIELD_NUMBER: _ClassVar[int]
    vector_count: int
    current_qps: float
    storage_bytes: int
    snapshot_bytes: int
    active_connections: int
    concurrent_queries: int
    queries_total: int
    writes_total: int
    refusals_total: int
    requests_total: int
    bytes_in_total: int
    bytes_out_total: int
    vector_seconds_total: int
    vector_milliseconds_rest: int
    def __init__(self, vector_count: _Optional[int] = ..., current_qps: _Optional[float] = ..., storage_bytes: _Optional[int] = ..., snapshot_bytes: _Optional[int] = ..., active_connections: _Optional[int] = ..., concurrent_queries: _Optional[int] = ..., queries_total: _Optional[int] = ..., writes_total: _Optional[int] = ..., refusals_total: _Optional[int] = ..., requests_total: _Optional[int] = ..., bytes_in_total: _Optional[int] = ..., bytes_out_total: _Optional[int] = ..., vector_seconds_total: _Optional[int] = ..., vector_milliseconds_rest: _Optional[int] = ...) -> None: ...

class NamespaceUsage(_message.Message):
    __slots__ = ("name", "status", "quotas", "usage", "counted_since", "counted_until")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    COUNTED_SINCE_FIELD_NUMBER: _ClassVar[int]
    COUNTED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    name: str
    status: NamespaceStatus
    quotas: Quotas
    usage: Usage
    counted_since: _timestamp_pb2.Timestamp
    counted_until: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., status: _Optional[_Union[NamespaceStatus, str]] = ..., quotas: _Optional[_Union[Quotas, _Mapping]] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., counted_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., counted_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
