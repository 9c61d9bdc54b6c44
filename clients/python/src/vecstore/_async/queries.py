"""Searching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import _methods as methods
from .._convert.query import from_query_response, to_batch_item, to_query
from .._gen import query_pb2 as pb
from ..filters import FilterInput
from ..models.query import Diversity, Fusion, QueryInput, QueryResults
from ..models.record import SparseVector, VectorInput
from .base import Base
from .streams import AsyncQueryStream


class Queries(Base):
    """Queries, streamed and in batches too."""

    async def query(
        self,
        vector: VectorInput | None = None,
        *,
        id: str | None = None,
        sparse: SparseVector | Mapping[str, Any] | None = None,
        text: str | None = None,
        limit: int | None = None,
        filter: FilterInput | None = None,
        ef_search: int | None = None,
        recall_target: float | None = None,
        exact: bool | None = None,
        score_threshold: float | None = None,
        offset: int | None = None,
        group_by: str | None = None,
        group_size: int | None = None,
        diversity: Diversity | None = None,
        fusion: Fusion | None = None,
        include_metadata: bool | None = None,
        include_vector: bool | None = None,
        include_text: bool | None = None,
        explain: bool | None = None,
        timeout: float | None = None,
    ) -> QueryResults:
        """Finds the closest records.

        At least one of vector, id, sparse and text says what for; several are fused. Vector and id exclude each other.

        Args:
            vector: f32[dimension].
            id: Use the vector of this record.
            sparse: Search the sparse vectors by dot product.
            text: Search the texts by BM25, at most 1 MiB of UTF-8.
            limit: Results wanted, 1..1,000. Default 10.
            filter: Only records whose metadata match.
            ef_search: Candidates of the graph search, 1..2,048. Default max(64, 2 x limit).
            recall_target: Share of the true nearest records to find, above 0 and at most 1; the server chooses ``ef_search``.
            exact: Compare with every record that matches; recall is 1. Default False.
            score_threshold: Keep results whose score is at least this.
            offset: Results to skip; offset + limit is at most 10,000. Default 0.
            group_by: Dotted metadata path, a name that holds a dot in backticks: results that share its value form a group; limit
                and offset count groups. Not together with diversity.
            group_size: Results kept of one group, 1..100. Default 1. Only with ``group_by``.
            diversity: Choose results that resemble each other less. Not together with ``group_by``, sparse or text.
            fusion: How several ways become one list. Default reciprocal rank.
            include_metadata: Default True.
            include_vector: Vectors, dense and sparse. Default False.
            include_text: Default False.
            explain: Whether the answer says how it was found and what it cost. Default False.
            timeout: Seconds for the whole call. Default: the client's.

        Returns:
            Hits by descending score, ties by id: a list that also has ``stats``.

        Raises:
            VecStoreError: such as DIMENSION_MISMATCH, INVALID_FILTER, MISSING_QUERY.
        """
        arguments = {
            "vector": vector,
            "id": id,
            "sparse": sparse,
            "text": text,
            "limit": limit,
            "filter": filter,
            "ef_search": ef_search,
            "recall_target": recall_target,
            "exact": exact,
            "score_threshold": score_threshold,
            "offset": offset,
            "group_by": group_by,
            "group_size": group_size,
            "diversity": diversity,
            "fusion": fusion,
            "include_metadata": include_metadata,
            "include_vector": include_vector,
            "include_text": include_text,
            "explain": explain,
        }
        request = to_query(arguments, self._namespace)
        return from_query_response(await self._session.call(methods.QUERY, request, timeout))

    def query_stream(
        self,
        vector: VectorInput | None = None,
        *,
        id: str | None = None,
        sparse: SparseVector | Mapping[str, Any] | None = None,
        text: str | None = None,
        limit: int | None = None,
        filter: FilterInput | None = None,
        ef_search: int | None = None,
        recall_target: float | None = None,
        exact: bool | None = None,
        score_threshold: float | None = None,
        offset: int | None = None,
        group_by: str | None = None,
        group_size: int | None = None,
        diversity: Diversity | None = None,
        fusion: Fusion | None = None,
        include_metadata: bool | None = None,
        include_vector: bool | None = None,
        include_text: bool | None = None,
        explain: bool | None = None,
        timeout: float | None = None,
    ) -> AsyncQueryStream:
        """Finds the closest records and hands them out as they come, up to 10,000.

        The arguments are those of ``query``; there is no deadline unless a timeout is given. The query starts with the loop over
        the hits.
        """
        arguments = {
            "vector": vector,
            "id": id,
            "sparse": sparse,
            "text": text,
            "limit": limit,
            "filter": filter,
            "ef_search": ef_search,
            "recall_target": recall_target,
            "exact": exact,
            "score_threshold": score_threshold,
            "offset": offset,
            "group_by": group_by,
            "group_size": group_size,
            "diversity": diversity,
            "fusion": fusion,
            "include_metadata": include_metadata,
            "include_vector": include_vector,
            "include_text": include_text,
            "explain": explain,
        }
        request = pb.QueryStreamRequest(namespace=self._namespace, query=to_query(arguments))
        return AsyncQueryStream(self._session.stream(methods.QUERY_STREAM, request, timeout, repeatable=True))

    async def batch_query(self, queries: Sequence[QueryInput], *, timeout: float | None = None) -> list[QueryResults]:
        """Runs 1..1,000 queries in one call; the answers come in the order given. One bad query refuses the batch.

        Args:
            queries: Each a vector, or a dict of the arguments of ``query``. The rows of a matrix will do.
            timeout: Seconds for the whole call. Default: the client's.

        Raises:
            VecStoreError: its message names the position of a bad query.
        """
        request = pb.BatchQueryRequest(namespace=self._namespace)
        request.queries.extend(to_batch_item(query, f"queries[{position}]") for position, query in enumerate(queries))
        response = await self._session.call(methods.BATCH_QUERY, request, timeout)
        return [from_query_response(each) for each in response.responses]
