"""Imports over connections that break: what is tried again, for how long, and who is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes import Failure, FakeRuntime, session

from vecstore import Interruption, VecStoreError
from vecstore._gen.transfer_pb2 import ImportRequest, ImportResponse
from vecstore._sync.import_records import ImportOptions, import_records

LOST = Failure("UNAVAILABLE", "Socket closed")


class Store:
    """Breaks each connection behind so many answers, the one to its beginning too; then it answers all."""

    def __init__(self, *breaks: int) -> None:
        self.breaks: Iterator[int | None] = iter(breaks)
        self.begun = 0
        self.rows = 0

    def duplex(self, method: Any, timeout: float, headers: Any) -> Connection:
        self.begun += 1
        return Connection(self, next(self.breaks, None))

    def close(self) -> None:
        pass


class Connection:
    def __init__(self, store: Store, left: int | None) -> None:
        self._store = store
        self._left = left
        self._waiting: list[ImportRequest] = []

    def send(self, request: ImportRequest) -> None:
        self._waiting.append(request)

    def receive(self) -> ImportResponse | None:
        if self._left == 0:
            raise LOST
        if not self._waiting:
            return None
        if self._left is not None:
            self._left -= 1
        self._store.rows += len(self._waiting.pop(0).records)
        rows = self._store.rows
        return ImportResponse(rows=rows, imported=rows, resume_token=str(rows))

    def finish(self) -> None:
        pass

    def cancel(self) -> None:
        pass


def run(store: Store, runtime: FakeRuntime, count: int = 5, **given: Any) -> tuple[Any, list[Interruption]]:
    told: list[Interruption] = []
    options = dict.fromkeys(ImportOptions._fields)
    options |= {"namespace": "", "batch_size": 1, "on_interruption": told.append, **given}
    records = [{"id": f"{n}", "vector": [1]} for n in range(count)]
    result: Any = None
    try:
        result = import_records(session(store, runtime), records, ImportOptions(**options))
    except VecStoreError as error:
        result = error
    return result, told


def test_an_interruption_is_told_before_each_wait_and_when_it_is_over() -> None:
    runtime = FakeRuntime()
    progress, told = run(Store(3, 0, 1, 1, 4), runtime)
    assert (progress.rows, progress.resumptions) == (5, 5)
    assert [(each.state, each.attempts, each.delay) for each in told] == [
        ("waiting", 1, 0.05),
        ("waiting", 2, 0.1),
        ("waiting", 3, 0.2),
        ("waiting", 4, 0.4),
        ("over", 4, 0.0),
        # All is written, and only the end of the last connection was missing.
        ("waiting", 1, 0.05),
        ("over", 1, 0.0),
    ]
    assert [each.duration for each in told[:5]] == pytest.approx([0.0, 0.05, 0.15, 0.35, 0.75])
    assert {each.error.reason for each in told} == {"CONNECTION_LOST"}


def test_patience_ends_where_only_the_beginning_is_answered() -> None:
    runtime = FakeRuntime()
    store = Store(*[1] * 1_000)
    error, told = run(store, runtime, patience=10.0)
    assert (error.reason, error.details["rows"]) == ("CONNECTION_LOST", "0")
    assert sum(runtime.slept) < 10.0
    # The first beginning was an answer to all that was sent; what came behind it never was.
    assert {each.state for each in told} == {"waiting"}
    assert store.begun == len(told) + 1


def test_who_is_told_may_end_it() -> None:
    def broken(_: Interruption) -> None:
        raise OSError("no screen")

    store = Store(1)
    with pytest.raises(OSError, match="no screen"):
        run(store, FakeRuntime(), on_interruption=broken)
    assert store.begun == 1
