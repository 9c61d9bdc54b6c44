# Generated from vecstore/v1/query.proto by npm run gen. Do not edit.
from vecstore._gen import filter_pb2 as _filter_pb2
from vecstore._gen import record_pb2 as _record_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class QueryStrategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUERY_STRATEGY_UNSPECIFIED: _ClassVar[QueryStrategy]
    QUERY_STRATEGY_EMPTY: _ClassVar[QueryStrategy]
    QUERY_STRATEGY_FLAT_SCAN: _ClassVar[QueryStrategy]
    QUERY_STRATEGY_GRAPH: _ClassVar[QueryStrategy]
    QUERY_STRATEGY_EXACT_SCAN: _ClassVar[QueryStrategy]
    QUERY_STRATEGY_FILTER_SCAN: _ClassVar[QueryStrategy]
    QUERY_STRATEGY_FILTERED_GRAPH: _ClassVar[QueryStrategy]
    QUERY_STRATEGY_INVERTED_INDEX: _ClassVar[QueryStrategy]
    QUERY_STRATEGY_FUSED: _ClassVar[QueryStrategy]

class FusionMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FUSION_METHOD_UNSPECIFIED: _ClassVar[FusionMethod]
    FUSION_METHOD_RECIPROCAL_RANK: _ClassVar[FusionMethod]
    FUSION_METHOD_WEIGHTED: _ClassVar[FusionMethod]
QUERY_STRATEGY_UNSPECIFIED: QueryStrategy
QUERY_STRATEGY_EMPTY: QueryStrategy
QUERY_STRATEGY_FLAT_SCAN: QueryStrategy
QUERY_STRATEGY_GRAPH: QueryStrategy
QUERY_STRATEGY_EXACT_SCAN: QueryStrategy
QUERY_STRATEGY_FILTER_SCAN: QueryStrategy
QUERY_STRATEGY_FILTERED_GRAPH: QueryStrategy
QUERY_STRATEGY_INVERTED_INDEX: QueryStrategy
QUERY_STRATEGY_FUSED: QueryStrategy
FUSION_METHOD_UNSPECIFIED: FusionMethod
FUSION_METHOD_RECIPROCAL_RANK: FusionMethod
FUSION_METHOD_WEIGHTED: FusionMethod

class QueryRequest(_message.Message):
    __slots__ = ("namespace", "vector", "vector_f32", "id", "sparse", "text", "limit", "filter", "filter_ast", "ef_search", "recall_target", "exact", "score_threshold", "offset", "group_by", "group_size", "fusion", "include_metadata", "include_vector", "include_text", "explain", "diversity")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    VECTOR_F32_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SPARSE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    FILTER_AST_FIELD_NUMBER: _ClassVar[int]
    EF_SEARCH_FIELD_NUMBER: _ClassVar[int]
    RECALL_TARGET_FIELD_NUMBER: _ClassVar[int]
    EXACT_FIELD_NUMBER: _ClassVar[int]
    SCORE_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    GROUP_SIZE_FIELD_NUMBER: _ClassVar[int]
    FUSION_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_METADATA_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_VECTOR_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TEXT_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    DIVERSITY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    vector: _containers.RepeatedScalarFieldContainer[float]
    vector_f32: bytes
    id: str
    sparse: _record_pb2.SparseVector
    text: str
    limit: int
    filter: str
    filter_ast: _filter_pb2.Filter
    ef_search: int
    recall_target: float
    exact: bool
    score_threshold: float
    offset: int
    group_by: str
    group_size: int
    fusion: Fusion
    include_metadata: bool
    include_vector: bool
    include_text: bool
    explain: bool
    diversity: Diversity
    def __init__(self, namespace: _Optional[str] = ..., vector: _Optional[_Iterable[float]] = ..., vector_f32: _Optional[bytes] = ..., id: _Optional[str] = ..., sparse: _Optional[_Union[_record_pb2.SparseVector, _Mapping]] = ..., text: _Optional[str] = ..., limit: _Optional[int] = ..., filter: _Optional[str] = ..., filter_ast: _Optional[_Union[_filter_pb2.Filter, _Mapping]] = ..., ef_search: _Optional[int] = ..., recall_target: _Optional[float] = ..., exact: _Optional[bool] = ..., score_threshold: _Optional[float] = ..., offset: _Optional[int] = ..., group_by: _Optional[str] = ..., group_size: _Optional[int] = ..., fusion: _Optional[_Union[Fusion, _Mapping]] = ..., include_metadata: _Optional[bool] = ..., include_vector: _Optional[bool] = ..., include_text: _Optional[bool] = ..., explain: _Optional[bool] = ..., diversity: _Optional[_Union[Diversity, _Mapping]] = ...) -> None: ...

class QueryResponse(_message.Message):
    __slots__ = ("results", "stats", "explain")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    STATS_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[QueryResult]
    stats: QueryStats
    explain: QueryExplain
    def __init__(self, results: _Optional[_Iterable[_Union[QueryResult, _Mapping]]] = ..., stats: _Optional[_Union[QueryStats, _Mapping]] = ..., explain: _Optional[_Union[QueryExplain, _Mapping]] = ...) -> None: ...

class QueryResult(_message.Message):
    __slots__ = ("id", "score", "distance", "version", "metadata", "vector", "text", "explain", "sparse")
    ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    SPARSE_FIELD_NUMBER: _ClassVar[int]
    id: str
    score: float
    distance: float
    version: int
    metadata: _containers.RepeatedScalarFieldContainer[bytes]
    vector: _containers.RepeatedScalarFieldContainer[bytes]
    text: str
    explain: QueryResultExplain
    sparse: _record_pb2.SparseVector
    def __init__(self, id: _Optional[str] = ..., score: _Optional[float] = ..., distance: _Optional[float] = ..., version: _Optional[int] = ..., metadata: _Optional[_Iterable[bytes]] = ..., vector: _Optional[_Iterable[bytes]] = ..., text: _Optional[str] = ..., explain: _Optional[_Union[QueryResultExplain, _Mapping]] = ..., sparse: _Optional[_Union[_record_pb2.SparseVector, _Mapping]] = ...) -> None: ...

class QueryStats(_message.Message):
    __slots__ = ("strategy", "candidates", "filtered_count", "nodes_visited", "distance_computations", "duration_ms", "cache_hit", "approximate", "exhausted", "segments")
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    FILTERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    NODES_VISITED_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_COMPUTATIONS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    CACHE_HIT_FIELD_NUMBER: _ClassVar[int]
    APPROXIMATE_FIELD_NUMBER: _ClassVar[int]
    EXHAUSTED_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    strategy: QueryStrategy
    candidates: int
    filtered_count: int
    nodes_visited: int
    distance_computations: int
    duration_ms: float
    cache_hit: bool
    approximate: bool
    exhausted: bool
    segments: int
    def __init__(self, strategy: _Optional[_Union[QueryStrategy, str]] = ..., candidates: _Optional[int] = ..., filtered_count: _Optional[int] = ..., nodes_visited: _Optional[int] = ..., distance_computations: _Optional[int] = ..., duration_ms: _Optional[float] = ..., cache_hit: _Optional[bool] = ..., approximate: _Optional[bool] = ..., exhausted: _Optional[bool] = ..., segments: _Optional[int] = ...) -> None: ...

class Fusion(_message.Message):
    __slots__ = ("method", "rank_constant", "alpha", "candidates")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    RANK_CONSTANT_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    method: FusionMethod
    rank_constant: int
    alpha: float
    candidates: int
    def __init__(self, method: _Optional[_Union[FusionMethod, str]] = ..., rank_constant: _Optional[int] = ..., alpha: _Optional[float] = ..., candidates: _Optional[int] = ...) -> None: ...

class Diversity(_message.Message):
    __slots__ = ("candidates",)
    LAMBDA_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    candidates: int
    def __init__(self, candidates: _Optional[int] = ..., **kwargs) -> None: ...

class QueryExplain(_message.Message):
    __slots__ = ("plan", "rejected_plans", "stages")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    REJECTED_PLANS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    plan: QueryPlan
    rejected_plans: _containers.RepeatedCompositeFieldContainer[QueryPlan]
    stages: _containers.RepeatedCompositeFieldContainer[QueryStage]
    def __init__(self, plan: _Optional[_Union[QueryPlan, _Mapping]] = ..., rejected_plans: _Optional[_Iterable[_Union[QueryPlan, _Mapping]]] = ..., stages: _Optional[_Iterable[_Union[QueryStage, _Mapping]]] = ...) -> None: ...

class QueryPlan(_message.Message):
    __slots__ = ("strategy", "reason", "ef_search", "estimated_distance_computations", "selectivity", "min_distance_computations", "max_distance_computations")
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EF_SEARCH_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_DISTANCE_COMPUTATIONS_FIELD_NUMBER: _ClassVar[int]
    SELECTIVITY_FIELD_NUMBER: _ClassVar[int]
    MIN_DISTANCE_COMPUTATIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_DISTANCE_COMPUTATIONS_FIELD_NUMBER: _ClassVar[int]
    strategy: QueryStrategy
    reason: str
    ef_search: int
    estimated_distance_computations: float
    selectivity: SelectivityEstimate
    min_distance_computations: float
    max_distance_computations: float
    def __init__(self, strategy: _Optional[_Union[QueryStrategy, str]] = ..., reason: _Optional[str] = ..., ef_search: _Optional[int] = ..., estimated_distance_computations: _Optional[float] = ..., selectivity: _Optional[_Union[SelectivityEstimate, _Mapping]] = ..., min_distance_computations: _Optional[float] = ..., max_distance_computations: _Optional[float] = ...) -> None: ...

class SelectivityEstimate(_message.Message):
    __slots__ = ("min", "expected", "max")
    MIN_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    min: float
    expected: float
    max: float
    def __init__(self, min: _Optional[float] = ..., expected: _Optional[float] = ..., max: _Optional[float] = ...) -> None: ...

class QueryStage(_message.Message):
    __slots__ = ("name", "duration_ms")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    name: str
    duration_ms: float
    def __init__(self, name: _Optional[str] = ..., duration_ms: _Optional[float] = ...) -> None: ...

class QueryResultExplain(_message.Message):
    __slots__ = ("vector_distance", "sparse_score", "text_score", "filter_matched")
    VECTOR_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    SPARSE_SCORE_FIELD_NUMBER: _ClassVar[int]
    TEXT_SCORE_FIELD_NUMBER: _ClassVar[int]
    FILTER_MATCHED_FIELD_NUMBER: _ClassVar[int]
    vector_distance: float
    sparse_score: float
    text_score: float
    filter_matched: bool
    def __init__(self, vector_distance: _Optional[float] = ..., sparse_score: _Optional[float] = ..., text_score: _Optional[float] = ..., filter_matched: _Optional[bool] = ...) -> None: ...

class QueryStreamRequest(_message.Message):
    __slots__ = ("namespace", "query")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    query: QueryRequest
    def __init__(self, namespace: _Optional[str] = ..., query: _Optional[_Union[QueryRequest, _Mapping]] = ...) -> None: ...

class QueryStreamResponse(_message.Message):
    __slots__ = ("results", "stats", "explain")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    STATS_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[QueryResult]
    stats: QueryStats
    explain: QueryExplain
    def __init__(self, results: _Optional[_Iterable[_Union[QueryResult, _Mapping]]] = ..., stats: _Optional[_Union[QueryStats, _Mapping]] = ..., explain: _Optional[_Union[QueryExplain, _Mapping]] = ...) -> None: ...

class BatchQueryRequest(_message.Message):
    __slots__ = ("namespace", "queries")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    queries: _containers.RepeatedCompositeFieldContainer[QueryRequest]
    def __init__(self, namespace: _Optional[str] = ..., queries: _Optional[_Iterable[_Union[QueryRequest, _Mapping]]] = ...) -> None: ...

class BatchQueryResponse(_message.Message):
    __slots__ = ("responses",)
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    responses: _containers.RepeatedCompositeFieldContainer[QueryResponse]
    def __init__(self, responses: _Optional[_Iterable[_Union[QueryResponse, _Mapping]]] = ...) -> None: ...
