# Made from _async/upsert_all.py by scripts/unasync.py. Do not edit.
"""Writes any number of records in batches, several at a time."""

from __future__ import annotations

from collections.abc import Iterator, Callable
from functools import partial
from typing import Any, NamedTuple

from .._batches import Batch, Batcher, InvalidRecordError, at_least_one
from .._convert.enums import WRITE_MODES
from .._convert.text import to_utf8_safe
from .._convert.write import from_upsert
from .._gen import write_pb2 as pb
from .._idempotency import random_key
from .._methods import UPSERT
from .._retry import backoff_delay
from ..errors import VecStoreError, invalid_argument
from ..models.write import UpsertAllProgress, UpsertResult, WriteMode
from .runtime import Event, Source, Task, Tasks, iterate
from .session import Session

_CONCURRENCY_ABSENT = 4
_PATIENCE_ABSENT = 300.0

UpsertBatch = Batch[pb.UpsertRequest]


class UpsertAllOptions(NamedTuple):
    """Options of a run."""

    namespace: str
    mode: WriteMode | None
    batch_size: int | None
    batch_bytes: int | None
    concurrency: int | None
    timeout: float | None
    patience: float | None
    idempotency_key: str | None
    on_progress: Callable[[UpsertAllProgress], object] | None


class Written(NamedTuple):
    """A batch that was written, and the attempts that failed before."""

    result: UpsertResult
    retries: int


def upsert_all(session: Session, records: Source[Any], options: UpsertAllOptions) -> UpsertAllProgress:
    """Writes any number of records in batches, several at a time.

    Batches start in the order of the input. One that shares an id with a batch in flight waits for it, so the last record
    of an id wins. A batch that fails for good ends the run; those before it are finished first, so of several the first one's error is
    raised, and its details hold ``committed``.

    Raises:
        VecStoreError: of the batch that failed.
        Exception: whatever ``records`` or ``on_progress`` raise.
    """
    batches = to_batches(records, options)
    concurrency = at_least_one(
        _CONCURRENCY_ABSENT if options.concurrency is None else options.concurrency, "concurrency"
    )
    with Tasks(concurrency) as tasks:
        run = _Run(session, options, tasks, concurrency)
        try:
            for batch in batches:
                run.admit(batch)
                if run.failure is not None:
                    break
                run.start(batch)
            run.settle()
        except InvalidRecordError as invalid:
            # It comes behind all batches, so an error of theirs is the first.
            run.settle()
            run.finish()
            raise run.positioned(invalid.error) from None
        except BaseException:
            # The caller's source failed, or the caller goes away: nothing is waited for any more.
            run.stop()
            raise
    return run.finish()


def to_batches(records: Source[Any], options: UpsertAllOptions) -> Iterator[UpsertBatch]:
    """The batches of a source, as messages."""
    namespace = options.namespace
    mode = WRITE_MODES.number("upsert" if options.mode is None else options.mode, "mode")

    def new() -> pb.UpsertRequest:
        return pb.UpsertRequest(namespace=namespace, mode=mode)

    batcher: Batcher[pb.UpsertRequest] = Batcher(
        new, options.batch_size, max_bytes=options.batch_bytes, unique_ids=True
    )
    for record in iterate(records):
        for batch in batcher.add(record):
            yield batch
    for batch in batcher.rest():
        yield batch


class _Run:
    """The state of a run. Only the caller's own flow changes it; tasks return what they did."""

    def __init__(self, session: Session, options: UpsertAllOptions, tasks: Tasks, concurrency: int) -> None:
        self.failure: tuple[UpsertBatch, Exception] | None = None
        self._session = session
        self._options = options
        self._tasks = tasks
        self._concurrency = concurrency
        self._patience = _PATIENCE_ABSENT if options.patience is None else options.patience
        if not self._patience >= 0:
            raise invalid_argument(f"patience is {self._patience!r}; it must be seconds, 0 or more")
        self._key = random_key() if options.idempotency_key is None else options.idempotency_key
        to_utf8_safe(self._key, "idempotency_key")
        self._in_flight: dict[UpsertBatch, Task[Written]] = {}
        # What ends the waits of each.
        self._stops: dict[UpsertBatch, Event] = {}
        # Sizes of batches that were written while an earlier one was not, by number.
        self._waiting: dict[int, int] = {}
        self._next_committed = 0
        self._progress = UpsertAllProgress()

    def admit(self, batch: UpsertBatch) -> None:
        """Waits until there is room for a batch and no batch in flight shares an id with it."""
        while self.failure is None:
            rivals = [task for other, task in self._in_flight.items() if not batch.ids.isdisjoint(other.ids)]
            if rivals:
                self._tasks.wait(rivals, all=True)
            elif len(self._in_flight) >= self._concurrency:
                self._tasks.wait(self._in_flight.values(), all=False)
            else:
                return
            self._reap()

    def start(self, batch: UpsertBatch) -> None:
        """Sends a batch."""
        batch.request.idempotency_key = f"{self._key}/{batch.number}"
        stop = self._stops[batch] = Event()
        self._in_flight[batch] = self._tasks.start(partial(self._write, batch, stop))

    def settle(self) -> None:
        """Waits for what is in flight."""
        while self._in_flight:
            self._tasks.wait(self._in_flight.values(), all=False)
            self._reap()

    def finish(self) -> UpsertAllProgress:
        """The last progress.

        Raises:
            Exception: of the batch that failed, with where to go on.
        """
        if self.failure is None:
            return self._progress
        batch, error = self.failure
        if not isinstance(error, VecStoreError):
            raise error
        last = batch.start + len(batch.request.records) - 1
        raise self.positioned(error, f"batch of the records {batch.start} to {last}: ")

    def positioned(self, error: VecStoreError, where: str = "") -> VecStoreError:
        """The error, with how far the run came."""
        progress = {"committed": str(self._progress.committed), "upserted": str(self._progress.upserted)}
        return VecStoreError(
            error.code,
            error.reason,
            where + error.message,
            details={**error.details, **progress},
            retry_after=error.retry_after,
        )

    def stop(self, behind: int = -1) -> None:
        """Ends the waits of what is in flight behind a batch."""
        for batch, stop in self._stops.items():
            if batch.number > behind:
                stop.set()

    def _reap(self) -> None:
        for batch, task in [entry for entry in self._in_flight.items() if entry[1].done]:
            del self._in_flight[batch], self._stops[batch]
            try:
                self._written(batch, task.result())
            except Exception as error:
                # Those before it are finished, so that the first one's error is raised.
                if self.failure is None or batch.number < self.failure[0].number:
                    self.failure = (batch, error)
                    self.stop(batch.number)

    def _write(self, batch: UpsertBatch, stop: Event) -> Written:
        runtime = self._session.runtime
        end = runtime.now() + self._patience
        tries = 1
        while True:
            try:
                timeout = self._options.timeout
                response = self._session.call(UPSERT, batch.request, timeout, repeatable=True, attempts=1)
                return Written(from_upsert(response), tries - 1)
            except VecStoreError as error:
                # The key makes a repetition safe also when the outcome is unknown.
                if stop.is_set() or not (error.retryable or error.reason == "DEADLINE_EXCEEDED"):
                    raise
                delay = backoff_delay(error, tries, self._session.settings.retry, runtime.chance())
                if runtime.now() + delay >= end:
                    raise
            self._session.sleep(delay, stop)
            tries += 1

    def _written(self, batch: UpsertBatch, written: Written) -> None:
        before, result = self._progress, written.result
        self._waiting[batch.number] = len(batch.request.records)
        self._progress = UpsertAllProgress(
            upserted=before.upserted + result.upserted,
            inserted=before.inserted + result.inserted,
            committed=before.committed + self._take_committed(),
            batches=before.batches + 1,
            sequence=max(before.sequence, result.sequence),
            retries=before.retries + written.retries,
        )
        if self._options.on_progress is not None:
            self._options.on_progress(self._progress)

    def _take_committed(self) -> int:
        """Counts the records of the batches that now follow without a gap."""
        records = 0
        while self._next_committed in self._waiting:
            records += self._waiting.pop(self._next_committed)
            self._next_committed += 1
        return records
