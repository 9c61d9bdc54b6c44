"""Queries as messages, and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._gen import query_pb2 as pb
from ..errors import invalid_argument
from ..models.query import (
    Diversity,
    Fusion,
    HitExplanation,
    QueryDict,
    QueryExplanation,
    QueryHit,
    QueryInput,
    QueryPlan,
    QueryResults,
    QueryStage,
    QueryStats,
    Selectivity,
)
from .enums import FUSION_METHODS, STRATEGIES
from .filter import set_filter
from .number import to_double, to_uint32
from .text import to_id, to_utf8_safe
from .vector import from_sparse, from_vector, to_sparse, to_vector_bytes

_QUERY_KEYS = frozenset(QueryDict.__annotations__)


def to_query(arguments: Mapping[str, Any], namespace: str = "") -> pb.QueryRequest:
    """Turns the arguments of a query into its message; what is None is left to the server.

    Raises:
        VecStoreError: invalid_argument for what the message cannot hold.
    """
    request = pb.QueryRequest(namespace=namespace)
    for name, value in arguments.items():
        if value is None:
            continue
        _SETTERS[name](request, value, name)
    return request


def to_batch_item(query: QueryInput, name: str) -> pb.QueryRequest:
    """Turns one query of a batch into its message."""
    if not isinstance(query, Mapping):
        return to_query({"vector": query})
    for key in query:
        if key not in _QUERY_KEYS:
            raise invalid_argument(f"{name} has the key {key!r}; allowed are {', '.join(sorted(_QUERY_KEYS))}")
    return to_query(query)


def from_query_response(response: pb.QueryResponse) -> QueryResults:
    """The hits of an answer, with its stats."""
    explain = from_explain(response.explain) if response.HasField("explain") else None
    return QueryResults(map(from_result, response.results), from_stats(response.stats), explain)


def from_result(result: pb.QueryResult) -> QueryHit:
    """A hit that the caller owns."""
    return QueryHit(
        result.id,
        result.score,
        result.distance if result.HasField("distance") else None,
        result.version,
        b"".join(metadata) if (metadata := result.metadata) else None,
        from_vector(result.vector),
        from_sparse(result.sparse) if result.HasField("sparse") else None,
        result.text if result.HasField("text") else None,
        _from_result_explain(result.explain) if result.HasField("explain") else None,
    )


def from_stats(stats: pb.QueryStats) -> QueryStats:
    """The stats of an answer; a server that sends none gives zeros and the strategy ``unknown``."""
    return QueryStats(
        STRATEGIES.name_or_unknown(stats.strategy),
        stats.candidates,
        stats.filtered_count if stats.HasField("filtered_count") else None,
        stats.nodes_visited,
        stats.distance_computations,
        stats.duration_ms,
        stats.cache_hit,
        stats.approximate,
        stats.exhausted,
        stats.segments,
    )


def from_explain(explain: pb.QueryExplain) -> QueryExplanation:
    """The explanation of an answer."""
    return QueryExplanation(
        _from_plan(explain.plan) if explain.HasField("plan") else None,
        tuple(_from_plan(plan) for plan in explain.rejected_plans),
        tuple(QueryStage(stage.name, stage.duration_ms) for stage in explain.stages),
    )


def _set_vector(request: pb.QueryRequest, value: object, name: str) -> None:
    request.vector_f32 = to_vector_bytes(value, name)


def _set_id(request: pb.QueryRequest, value: object, name: str) -> None:
    request.id = to_id(value, name)


def _set_sparse(request: pb.QueryRequest, value: object, name: str) -> None:
    to_sparse(value, request.sparse, name)


def _set_filter(request: pb.QueryRequest, value: Any, _name: str) -> None:
    set_filter(request, value)


def _set_text(request: pb.QueryRequest, value: object, name: str) -> None:
    setattr(request, name, to_utf8_safe(value, name))


def _set_uint32(request: pb.QueryRequest, value: Any, name: str) -> None:
    setattr(request, name, to_uint32(value, name))


def _set_double(request: pb.QueryRequest, value: Any, name: str) -> None:
    setattr(request, name, to_double(value, name))


def _set_bool(request: pb.QueryRequest, value: object, name: str) -> None:
    if not isinstance(value, bool):
        raise invalid_argument(f"{name} is {value!r}; it must be True or False")
    setattr(request, name, value)


def _set_fusion(request: pb.QueryRequest, value: object, name: str) -> None:
    if not isinstance(value, Fusion):
        raise invalid_argument(f"{name} is of type {type(value).__name__}; it must be a Fusion")
    fusion = request.fusion
    fusion.SetInParent()
    if value.method is not None:
        fusion.method = FUSION_METHODS.number(value.method, "fusion.method")
    if value.rank_constant is not None:
        fusion.rank_constant = to_uint32(value.rank_constant, "fusion.rank_constant")
    if value.alpha is not None:
        fusion.alpha = to_double(value.alpha, "fusion.alpha")
    if value.candidates is not None:
        fusion.candidates = to_uint32(value.candidates, "fusion.candidates")


def _set_diversity(request: pb.QueryRequest, value: object, name: str) -> None:
    if not isinstance(value, Diversity):
        raise invalid_argument(f"{name} is of type {type(value).__name__}; it must be a Diversity")
    diversity = request.diversity
    diversity.SetInParent()
    if value.lambda_ is not None:
        setattr(diversity, "lambda", to_double(value.lambda_, "diversity.lambda_"))
    if value.candidates is not None:
        diversity.candidates = to_uint32(value.candidates, "diversity.candidates")


_SETTERS = {
    "vector": _set_vector,
    "id": _set_id,
    "sparse": _set_sparse,
    "text": _set_text,
    "limit": _set_uint32,
    "filter": _set_filter,
    "ef_search": _set_uint32,
    "recall_target": _set_double,
    "exact": _set_bool,
    "score_threshold": _set_double,
    "offset": _set_uint32,
    "group_by": _set_text,
    "group_size": _set_uint32,
    "fusion": _set_fusion,
    "diversity": _set_diversity,
    "include_metadata": _set_bool,
    "include_vector": _set_bool,
    "include_text": _set_bool,
    "explain": _set_bool,
}


def _from_plan(plan: pb.QueryPlan) -> QueryPlan:
    selectivity = plan.selectivity
    return QueryPlan(
        STRATEGIES.name_or_unknown(plan.strategy),
        plan.reason,
        plan.ef_search,
        plan.estimated_distance_computations,
        plan.min_distance_computations,
        plan.max_distance_computations,
        Selectivity(selectivity.min, selectivity.expected, selectivity.max) if plan.HasField("selectivity") else None,
    )


def _from_result_explain(explain: pb.QueryResultExplain) -> HitExplanation:
    return HitExplanation(
        explain.vector_distance if explain.HasField("vector_distance") else None,
        explain.sparse_score if explain.HasField("sparse_score") else None,
        explain.text_score if explain.HasField("text_score") else None,
        explain.filter_matched if explain.HasField("filter_matched") else None,
    )
