"""Answers that come in pieces."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from types import TracebackType
from typing import Any, Generic, TypeVar

from .._convert.query import from_explain, from_result, from_stats
from .._convert.record import from_record
from .._convert.snapshot import from_snapshot
from .._gen import query_pb2 as query_pb
from .._gen import snapshot_pb2 as snapshot_pb
from .._gen import transfer_pb2 as transfer_pb
from ..models.query import QueryExplanation, QueryHit, QueryStats
from ..models.record import StoredRecord
from ..models.snapshot import SnapshotChunk

T = TypeVar("T")
M = TypeVar("M")
S = TypeVar("S", bound="AsyncStream[Any, Any]")


class AsyncStream(Generic[T, M]):
    """Elements to be looped over once. The call starts with the loop; leaving a ``with`` block, or ``close``, cancels it."""

    def __init__(self, messages: AsyncGenerator[M, None]) -> None:
        self._messages = messages
        self._elements = self._read()

    def __aiter__(self) -> AsyncIterator[T]:
        return self._elements

    async def __anext__(self) -> T:
        return await self._elements.__anext__()

    async def __aenter__(self: S) -> S:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancels the call; nothing happens when it has ended."""
        await self._elements.aclose()
        await self._messages.aclose()

    async def _read(self) -> AsyncGenerator[T, None]:
        """Turns messages into elements."""
        raise NotImplementedError
        yield  # type: ignore[unreachable]  # Makes it a generator.


class AsyncQueryStream(AsyncStream[QueryHit, query_pb.QueryStreamResponse]):
    """The hits of a streamed query.

    Attributes:
        stats: None until the last chunk has come, so there when the loop ends by itself.
        explain: The same; only when the query asked to explain.
    """

    stats: QueryStats | None = None
    explain: QueryExplanation | None = None

    async def _read(self) -> AsyncGenerator[QueryHit, None]:
        try:
            async for message in self._messages:
                if message.HasField("stats"):
                    self.stats = from_stats(message.stats)
                if message.HasField("explain"):
                    self.explain = from_explain(message.explain)
                for result in message.results:
                    yield from_result(result)
        finally:
            await self._messages.aclose()


class AsyncExportStream(AsyncStream[StoredRecord, transfer_pb.ExportResponse]):
    """The records of an export by ascending id.

    Attributes:
        resume_token: Goes on behind the last chunk that was read whole: none of the records after it is left out, and those of a
            chunk that broke off come again. None before the first.
        sequence: Sequence of the namespace that the records are of; None before the first chunk.
    """

    sequence: int | None = None

    def __init__(self, messages: AsyncGenerator[transfer_pb.ExportResponse, None], resume_token: str | None) -> None:
        super().__init__(messages)
        self.resume_token = resume_token

    async def _read(self) -> AsyncGenerator[StoredRecord, None]:
        try:
            async for message in self._messages:
                self.sequence = message.sequence
                for record in message.records:
                    yield from_record(record)
                self.resume_token = message.resume_token or self.resume_token
        finally:
            await self._messages.aclose()


class AsyncSnapshotStream(AsyncStream[SnapshotChunk, snapshot_pb.DownloadSnapshotResponse]):
    """The archive of a snapshot, a tar file, in pieces."""

    async def _read(self) -> AsyncGenerator[SnapshotChunk, None]:
        snapshot = from_snapshot(snapshot_pb.Snapshot())
        total_bytes = 0
        try:
            async for message in self._messages:
                if message.HasField("snapshot"):
                    # Only the first message says these.
                    snapshot, total_bytes = from_snapshot(message.snapshot), message.total_bytes
                yield SnapshotChunk(snapshot, total_bytes, message.data, message.crc32)
        finally:
            await self._messages.aclose()
