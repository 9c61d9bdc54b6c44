# Made from _async/streams.py by scripts/unasync.py. Do not edit.
"""Answers that come in pieces."""

from __future__ import annotations

from collections.abc import Generator, Iterator
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
S = TypeVar("S", bound="Stream[Any, Any]")


class Stream(Generic[T, M]):
    """Elements to be looped over once. The call starts with the loop; leaving a ``with`` block, or ``close``, cancels it."""

    def __init__(self, messages: Generator[M, None, None]) -> None:
        self._messages = messages
        self._elements = self._read()

    def __iter__(self) -> Iterator[T]:
        return self._elements

    def __next__(self) -> T:
        return self._elements.__next__()

    def __enter__(self: S) -> S:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancels the call; nothing happens when it has ended."""
        self._elements.close()
        self._messages.close()

    def _read(self) -> Generator[T, None, None]:
        """Turns messages into elements."""
        raise NotImplementedError
        yield  # type: ignore[unreachable]  # Makes it a generator.


class QueryStream(Stream[QueryHit, query_pb.QueryStreamResponse]):
    """The hits of a streamed query.

    Attributes:
        stats: None until the last chunk has come, so there when the loop ends by itself.
        explain: The same; only when the query asked to explain.
    """

    stats: QueryStats | None = None
    explain: QueryExplanation | None = None

    def _read(self) -> Generator[QueryHit, None, None]:
        try:
            for message in self._messages:
                if message.HasField("stats"):
                    self.stats = from_stats(message.stats)
                if message.HasField("explain"):
                    self.explain = from_explain(message.explain)
                for result in message.results:
                    yield from_result(result)
        finally:
            self._messages.close()


class ExportStream(Stream[StoredRecord, transfer_pb.ExportResponse]):
    """The records of an export by ascending id.

    Attributes:
        resume_token: Goes on behind the last chunk that was read whole: none of the records after it is left out, and those of a
            chunk that broke off come again. None before the first.
        sequence: Sequence of the namespace that the records are of; None before the first chunk.
    """

    sequence: int | None = None

    def __init__(self, messages: Generator[transfer_pb.ExportResponse, None, None], resume_token: str | None) -> None:
        super().__init__(messages)
        self.resume_token = resume_token

    def _read(self) -> Generator[StoredRecord, None, None]:
        try:
            for message in self._messages:
                self.sequence = message.sequence
                for record in message.records:
                    yield from_record(record)
                self.resume_token = message.resume_token or self.resume_token
        finally:
            self._messages.close()


class SnapshotStream(Stream[SnapshotChunk, snapshot_pb.DownloadSnapshotResponse]):
    """The archive of a snapshot, a tar file, in pieces."""

    def _read(self) -> Generator[SnapshotChunk, None, None]:
        snapshot = from_snapshot(snapshot_pb.Snapshot())
        total_bytes = 0
        try:
            for message in self._messages:
                if message.HasField("snapshot"):
                    # Only the first message says these.
                    snapshot, total_bytes = from_snapshot(message.snapshot), message.total_bytes
                yield SnapshotChunk(snapshot, total_bytes, message.data, message.crc32)
        finally:
            self._messages.close()
