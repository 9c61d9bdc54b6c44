"""Queries and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, Union

from .._convert.metadata import from_metadata_bytes
from ..filters import FilterInput
from .record import Metadata, SparseVector, Vector, VectorInput

QueryStrategy = Literal[
    "empty",
    "flat_scan",
    "graph",
    "exact_scan",
    "filter_scan",
    "filtered_graph",
    "inverted_index",
    "fused",
    "unknown",
]

FusionMethod = Literal["reciprocal_rank", "weighted"]


@dataclass(frozen=True, slots=True)
class Fusion:
    """How several ways of search become one list. Only with several.

    Attributes:
        method: Default ``reciprocal_rank``.
        rank_constant: k of reciprocal rank, 1..10,000. Default 60.
        alpha: Weight of the dense vector when weighted, 0..1. Default 0.7.
        candidates: Candidates that each way gives, offset + limit..10,000. Default the first of 128, 512, 2,048, 8,192 that is
            3 x (offset + limit) or more. The order depends on it: set it when turning pages past the first 42 results.
    """

    method: FusionMethod | None = None
    rank_constant: int | None = None
    alpha: float | None = None
    candidates: int | None = None


@dataclass(frozen=True, slots=True)
class Diversity:
    """How much results may resemble each other: maximal marginal relevance.

    Attributes:
        lambda_: 0 looks for difference only, 1 for closeness only. Default 0.5.
        candidates: Closest records to choose from, offset + limit..1,000. Default max(50, 5 x (offset + limit)).
    """

    lambda_: float | None = None
    candidates: int | None = None


class QueryDict(TypedDict, total=False):
    """One query of a batch: the arguments of ``query``, save ``timeout``."""

    vector: VectorInput | None
    id: str | None
    sparse: SparseVector | Mapping[str, Any] | None
    text: str | None
    limit: int | None
    filter: FilterInput | None
    ef_search: int | None
    recall_target: float | None
    exact: bool
    score_threshold: float | None
    offset: int | None
    group_by: str | None
    group_size: int | None
    diversity: Diversity | None
    fusion: Fusion | None
    include_metadata: bool | None
    include_vector: bool | None
    include_text: bool | None
    explain: bool


#: One query of a batch: a vector, or a dict of the arguments of ``query``.
QueryInput = Union[VectorInput, QueryDict]


@dataclass(slots=True, eq=False)
class HitExplanation:
    """Where one hit came from; what does not apply is None."""

    vector_distance: float | None = None
    sparse_score: float | None = None
    text_score: float | None = None
    filter_matched: bool | None = None


class QueryHit:
    """One record of an answer. What the query did not include, or the record has not, is None.

    Attributes:
        id: The record's id.
        score: Larger is closer: cos, dot, or minus the euclidean distance; BM25 of a text, dot product of sparse vectors, or fused.
        distance: Smaller is closer: 1 - cos, -dot, or the euclidean distance. None when the query has sparse or text.
        version: The record's version, 1 or more.
        metadata: Whole numbers come as int, others as float. They are read when they are first asked for.
        vector: f32[dimension].
        sparse: Its sparse vector, with ``include_vector``.
        text: Its text.
        explain: Only when the query asked to explain.
    """

    __slots__ = ("_metadata", "distance", "explain", "id", "score", "sparse", "text", "vector", "version")

    def __init__(
        self,
        id: str,
        score: float,
        distance: float | None,
        version: int,
        metadata: Metadata | bytes | None = None,
        vector: Vector | None = None,
        sparse: SparseVector | None = None,
        text: str | None = None,
        explain: HitExplanation | None = None,
    ) -> None:
        self.id = id
        self.score = score
        self.distance = distance
        self.version = version
        self._metadata = metadata
        self.vector = vector
        self.sparse = sparse
        self.text = text
        self.explain = explain

    @property
    def metadata(self) -> Metadata | None:
        """The record's metadata."""
        held = self._metadata
        if isinstance(held, bytes):
            # A dict for each hit would take a quarter of the time of a query, and many look at ids only.
            held = self._metadata = from_metadata_bytes(held)
        return held

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in HIT_FIELDS if getattr(self, name) is not None)
        return f"QueryHit({shown})"


#: The attributes of a hit.
HIT_FIELDS = ("id", "score", "distance", "version", "metadata", "vector", "sparse", "text", "explain")


@dataclass(frozen=True, slots=True)
class QueryStats:
    """Counted while the query ran.

    Attributes:
        strategy: How the records were found; several segments report that of the largest.
        candidates: Records whose f32 distance was computed, or whose text or sparse vector was scored whole.
        filtered_count: Records that the filter let through; None without a filter or when it was not counted.
        nodes_visited: Graph nodes expanded or met.
        distance_computations: Distances computed, on codes and in f32.
        duration_ms: Milliseconds in the engine.
        cache_hit: Whether the answer came from the cache.
        approximate: True when a closer record may have been missed.
        exhausted: True when fewer than ``limit`` records match.
        segments: Segments searched.
    """

    strategy: QueryStrategy = "unknown"
    candidates: int = 0
    filtered_count: int | None = None
    nodes_visited: int = 0
    distance_computations: int = 0
    duration_ms: float = 0.0
    cache_hit: bool = False
    approximate: bool = False
    exhausted: bool = False
    segments: int = 0


@dataclass(frozen=True, slots=True)
class Selectivity:
    """Bounds of the share of records that a filter lets through, each 0..1."""

    min: float
    expected: float
    max: float


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A way to answer the query, with what it was expected to cost.

    Attributes:
        strategy: How records are found.
        reason: Why it was chosen or rejected, one sentence for people.
        ef_search: Candidates of the graph search; 0 without a graph.
        estimated_distance_computations: Distances expected.
        min_distance_computations: Hardly ever fewer.
        max_distance_computations: Hardly ever more.
        selectivity: None without a filter.
    """

    strategy: QueryStrategy
    reason: str
    ef_search: int
    estimated_distance_computations: float
    min_distance_computations: float
    max_distance_computations: float
    selectivity: Selectivity | None = None


@dataclass(frozen=True, slots=True)
class QueryStage:
    """One stage of a query: its name, and milliseconds."""

    name: str
    duration_ms: float


@dataclass(frozen=True, slots=True)
class QueryExplanation:
    """Why the plan was chosen, and where the time went.

    Attributes:
        plan: The plan that ran.
        rejected_plans: Other ways to search the largest segment.
        stages: In the order they began.
    """

    plan: QueryPlan | None = None
    rejected_plans: tuple[QueryPlan, ...] = ()
    stages: tuple[QueryStage, ...] = field(default=())


class QueryResults(list[QueryHit]):
    """Hits by descending score, ties by id: a list that also says how it was found.

    Attributes:
        stats: Counted while the query ran.
        explain: Only when the query asked to explain.
    """

    __slots__ = ("explain", "stats")

    stats: QueryStats
    explain: QueryExplanation | None

    def __init__(
        self, hits: Iterable[QueryHit] = (), stats: QueryStats | None = None, explain: QueryExplanation | None = None
    ) -> None:
        super().__init__(hits)
        self.stats = stats if stats is not None else QueryStats()
        self.explain = explain
