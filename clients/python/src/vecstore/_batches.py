"""Cuts records into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ._convert.record import to_record
from ._gen import record_pb2 as pb
from ._gen import transfer_pb2 as transfer_pb
from ._gen import write_pb2 as write_pb
from .columns import Row
from .errors import VecStoreError, invalid_argument
from .models.record import RecordInput

#: Records of a batch when the caller names no number: half the server's limit.
BATCH_SIZE_ABSENT = 500

#: A batch also ends here: a quarter of the server's limit of a message.
BATCH_BYTES = 8 * 1024 * 1024

R = TypeVar("R", write_pb.UpsertRequest, transfer_pb.ImportRequest)


class InvalidRecordError(Exception):
    """A record that no message can hold. Not a VecStoreError, which the caller's own source may raise too.

    Attributes:
        error: Why so.
    """

    def __init__(self, error: VecStoreError) -> None:
        super().__init__(error)
        self.error = error


@dataclass(eq=False, slots=True)
class Batch(Generic[R]):
    """Records that are sent together.

    Attributes:
        number: Position of the batch, from 0.
        start: Position of its first record in the input.
        request: The message that holds them.
        ids: Their ids.
        bytes: What they take on the wire, or a little more.
    """

    number: int
    start: int
    request: R
    ids: set[str] = field(default_factory=set)
    bytes: int = 0


class Batcher(Generic[R]):
    """Collects records until they make a batch.

    Records become messages as they come, so that a source may use its buffers again.

    Args:
        new: Makes an empty message.
        size: Records of a batch. None: 500.
        max_bytes: Bytes of a batch; a larger record goes alone. None: 8 MiB.
        unique_ids: Whether no two records of a batch are of the same id.
    """

    def __init__(self, new: Callable[[], R], size: int | None, *, max_bytes: int | None, unique_ids: bool) -> None:
        self._new: Callable[[], R] = new
        self._size = at_least_one(BATCH_SIZE_ABSENT if size is None else size, "batch_size")
        self._max_bytes = at_least_one(BATCH_BYTES if max_bytes is None else max_bytes, "batch_bytes")
        self._unique_ids = unique_ids
        self._batch: Batch[R] = Batch(0, 0, new())
        self._count = 0

    def add(self, record: RecordInput | Row) -> Iterator[Batch[R]]:
        """Takes a record, and gives the batches that are now complete.

        Raises:
            InvalidRecordError: for what the message cannot hold.
        """
        message = self._batch.request.records.add()
        try:
            if isinstance(record, Row):
                record.fill(message)
            else:
                to_record(record, message, f"records[{self._count}]")
        except VecStoreError as error:
            raise InvalidRecordError(error) from None
        self._count += 1
        size = record_bytes(message)
        batch = self._batch
        if batch.ids and (batch.bytes + size > self._max_bytes or (self._unique_ids and message.id in batch.ids)):
            yield self._end_before(message)
        batch = self._batch
        batch.ids.add(message.id)
        batch.bytes += size
        if len(batch.request.records) >= self._size:
            yield self._end()

    def rest(self) -> Iterator[Batch[R]]:
        """The last batch, if there is one."""
        if self._batch.ids:
            yield self._end()

    def _end(self) -> Batch[R]:
        ended = self._batch
        self._batch = Batch(ended.number + 1, ended.start + len(ended.request.records), self._new())
        return ended

    def _end_before(self, last: pb.Record) -> Batch[R]:
        """Ends the batch and moves its last record to the next one."""
        following = self._new()
        following.records.append(last)
        del self._batch.request.records[-1]
        ended = self._end()
        self._batch.request = following
        return ended


def record_bytes(record: pb.Record) -> int:
    """What a record takes on the wire, or a little more."""
    sparse = 10 * len(record.sparse.indices) if record.HasField("sparse") else 0
    metadata = record.metadata.ByteSize() if record.HasField("metadata") else 0
    return 64 + 4 * len(record.id) + len(record.vector_f32) + sparse + 4 * len(record.text) + metadata


def at_least_one(value: int, name: str) -> int:
    """Checks a count.

    Raises:
        VecStoreError: INVALID_ARGUMENT.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise invalid_argument(f"{name} is {value!r}; it must be an integer of 1 or more")
