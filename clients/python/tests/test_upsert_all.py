"""Bulk writes: batches, their order, and which error is raised."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np
import pytest
from fakes import Failure, FakeRuntime, session

from vecstore import Columns, VecStoreError
from vecstore._batches import Batcher
from vecstore._gen.write_pb2 import UpsertRequest, UpsertResponse
from vecstore._sync.upsert_all import UpsertAllOptions, upsert_all

LOST = Failure("UNAVAILABLE", "Socket closed")
BAD = Failure("INVALID_ARGUMENT", "bad", reason="DIMENSION_MISMATCH")


class Store:
    """Answers each batch by its number, in as many steps as it is given."""

    def __init__(self, plan: dict[int, list[Any]] | None = None) -> None:
        self.plan = plan or {}
        self.requests: list[Any] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self._lock = threading.Lock()

    def unary(self, method: Any, request: Any, timeout: float, headers: Any) -> Any:
        number = int(request.idempotency_key.partition("/")[2])
        with self._lock:
            self.requests.append(request)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            answers = self.plan.get(number, [])
            answer = answers.pop(0) if answers else None
        if isinstance(answer, threading.Event):
            assert answer.wait(20)
        with self._lock:
            self.in_flight -= 1
        if isinstance(answer, Exception):
            raise answer
        count = len(request.records)
        return UpsertResponse(upserted=count, inserted=count, sequence=number + 1)

    def close(self) -> None:
        pass


def options(**given: Any) -> UpsertAllOptions:
    names = UpsertAllOptions._fields
    return UpsertAllOptions(**{**dict.fromkeys(names), "namespace": "", "batch_size": 10, **given})


def records(count: int) -> list[Any]:
    return [{"id": f"{n}", "vector": [1, n]} for n in range(count)]


def run(store: Store, source: Any, runtime: FakeRuntime | None = None, **given: Any) -> Any:
    return upsert_all(session(store, runtime or FakeRuntime()), source, options(**given))


def test_batches_carry_the_key_and_their_number() -> None:
    store = Store()
    progress = run(store, records(25), idempotency_key="k", mode="insert_only")
    assert sorted((r.idempotency_key, len(r.records)) for r in store.requests) == [("k/0", 10), ("k/1", 10), ("k/2", 5)]
    assert (progress.upserted, progress.committed, progress.batches, progress.sequence) == (25, 25, 3, 3)
    assert run(Store(), []).batches == 0


def test_no_more_batches_are_in_flight_than_allowed() -> None:
    store = Store()
    run(store, records(200), concurrency=3)
    assert 1 <= store.most_in_flight <= 3


def test_a_batch_is_repeated_with_its_key_while_the_cause_passes() -> None:
    runtime = FakeRuntime()
    busy = Failure("RESOURCE_EXHAUSTED", "", reason="INDEX_BACKLOG", retry_after="1")
    store = Store({0: [busy, LOST, Failure("DEADLINE_EXCEEDED")]})
    progress = run(store, records(5), runtime)
    assert (progress.upserted, progress.retries) == (5, 3)
    assert len({request.idempotency_key for request in store.requests}) == 1
    assert runtime.slept == [1.05, 0.1, 0.2]


def test_patience_ends() -> None:
    runtime = FakeRuntime()
    store = Store({0: [LOST] * 1_000})
    with pytest.raises(VecStoreError) as raised:
        run(store, records(5), runtime, patience=3.0)
    assert raised.value.reason == "CONNECTION_LOST"
    assert sum(runtime.slept) < 3.0


def test_the_first_of_several_failed_batches_is_the_error() -> None:
    gate = threading.Event()

    class Gated(Store):
        def unary(self, method: Any, request: Any, timeout: float, headers: Any) -> Any:
            number = request.idempotency_key.partition("/")[2]
            if number == "1":
                # The second batch fails after the third one.
                assert gate.wait(20)
            try:
                return super().unary(method, request, timeout, headers)
            finally:
                if number == "2":
                    gate.set()

    with pytest.raises(VecStoreError) as raised:
        run(Gated({1: [BAD], 2: [BAD]}), records(30))
    assert "records 10 to 19" in raised.value.message
    assert raised.value.details["committed"] == "10"


def test_batches_before_a_failed_one_are_finished() -> None:
    store = Store({0: [LOST, LOST, LOST], 1: [BAD]})
    with pytest.raises(VecStoreError) as raised:
        run(store, records(20))
    assert "records 10 to 19" in raised.value.message
    assert raised.value.details["committed"] == "10"


def test_a_batch_waits_for_one_that_shares_an_id() -> None:
    store = Store()
    same = [{"id": f"{n % 7}", "vector": [1, n]} for n in range(70)]
    progress = run(store, same, batch_size=100, concurrency=4)
    assert progress.batches == 10
    assert store.most_in_flight == 1


def test_batches_end_by_bytes_too() -> None:
    columns = Columns([f"{n}" for n in range(10)], np.zeros((10, 256), np.float32))
    store = Store()
    run(store, columns, batch_size=100, batch_bytes=4_000)
    assert sorted(len(request.records) for request in store.requests) == [1, 3, 3, 3]
    store = Store()
    run(store, columns, batch_bytes=1)
    assert [len(request.records) for request in store.requests] == [1] * 10


@pytest.mark.parametrize(
    "given",
    [
        {"batch_size": 0},
        {"concurrency": 0},
        {"batch_bytes": 0},
        {"patience": -1},
        {"batch_size": 1.5},
        {"mode": "replace"},
    ],
)
def test_options_out_of_range_are_refused(given: Any) -> None:
    with pytest.raises(VecStoreError) as raised:
        run(Store(), records(1), **given)
    assert raised.value.reason == "INVALID_ARGUMENT"


def test_a_source_may_use_its_array_again() -> None:
    array = np.zeros(2, np.float32)

    def source() -> Any:
        for n in range(20):
            array[:] = n
            yield {"id": f"{n}", "vector": array}

    store = Store()
    run(store, source(), batch_size=5)
    written = {record.id: record.vector_f32 for request in store.requests for record in request.records}
    assert written == {f"{n}": np.full(2, n, "<f4").tobytes() for n in range(20)}


def test_a_record_that_begins_the_next_batch_is_moved_whole() -> None:
    batcher = Batcher(UpsertRequest, 3, max_bytes=None, unique_ids=True)
    source = [{"id": each, "text": f"text {n}"} for n, each in enumerate("abacd")]
    added = itertools.chain.from_iterable(batcher.add(record) for record in source)  # type: ignore[arg-type]
    batches = [*added, *batcher.rest()]
    assert [[(r.id, r.text) for r in batch.request.records] for batch in batches] == [
        [("a", "text 0"), ("b", "text 1")],
        [("a", "text 2"), ("c", "text 3"), ("d", "text 4")],
    ]
    assert [(batch.number, batch.start) for batch in batches] == [(0, 0), (1, 2)]
