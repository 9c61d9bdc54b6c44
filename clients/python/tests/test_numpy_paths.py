"""Arrays go in and come out without an object for each number.

Shown in three ways: the calls that are made do not grow with the dimension, the memory that is taken is that of the bytes, and arrays that
refuse to be walked over are taken all the same.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import pytest

from vecstore import Columns
from vecstore._batches import Batcher
from vecstore._convert.query import from_query_response, to_query
from vecstore._convert.record import from_record
from vecstore._convert.write import to_upsert
from vecstore._gen import query_pb2, record_pb2
from vecstore._gen.write_pb2 import UpsertRequest

RECORDS = 64


class Unwalkable(np.ndarray):
    """An array whose numbers nobody may look at one by one."""

    def _refuse(self, *_: object) -> NoReturn:
        raise AssertionError("somebody walks over the numbers of an array")

    __iter__ = __float__ = __int__ = item = tolist = _refuse  # type: ignore[assignment]


def matrix(dimension: int) -> Any:
    return np.random.default_rng(dimension).random((RECORDS, dimension), dtype=np.float32)


def upsert_columns(dimension: int) -> Callable[[], Any]:
    columns = Columns([f"{n}" for n in range(RECORDS)], matrix(dimension).view(Unwalkable))
    return lambda: to_upsert(columns, namespace="", mode=None, idempotency_key=None)


def upsert_records(dimension: int) -> Callable[[], Any]:
    rows = [
        {"id": f"{n}", "vector": row.view(Unwalkable)} for n, row in enumerate(matrix(dimension).astype(np.float64))
    ]
    return lambda: to_upsert(rows, namespace="", mode=None, idempotency_key=None)  # type: ignore[arg-type]


def batch(dimension: int) -> Callable[[], Any]:
    columns = Columns([f"{n}" for n in range(RECORDS)], matrix(dimension).view(Unwalkable))

    def call() -> Any:
        batcher = Batcher(UpsertRequest, 10, max_bytes=None, unique_ids=True)
        return [made.request for row in columns for made in batcher.add(row)]

    return call


def query(dimension: int) -> Callable[[], Any]:
    vector = matrix(dimension)[0].view(Unwalkable)
    return lambda: to_query({"vector": vector, "limit": 10})


def read_records(dimension: int) -> Callable[[], Any]:
    messages = [record_pb2.Record(id="a", vector=[row.tobytes()]) for row in matrix(dimension)]
    return lambda: [from_record(message) for message in messages]


def read_results(dimension: int) -> Callable[[], Any]:
    response = query_pb2.QueryResponse()
    for row in matrix(dimension):
        response.results.add(id="a", vector=[row.tobytes()])
    serialized = response.SerializeToString()
    return lambda: from_query_response(query_pb2.QueryResponse.FromString(serialized))


PATHS = [upsert_columns, upsert_records, batch, query, read_records, read_results]


@pytest.mark.parametrize("path", PATHS)
def test_the_calls_made_do_not_grow_with_the_dimension(path: Callable[[int], Callable[[], Any]]) -> None:
    assert count_calls(path(8)) == count_calls(path(2_048))


@pytest.mark.parametrize("path", PATHS)
def test_the_memory_taken_is_that_of_the_bytes(path: Callable[[int], Callable[[], Any]]) -> None:
    dimension = 4_096
    call = path(dimension)
    call()
    tracemalloc.start()
    kept = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept is not None
    # A list of floats would take 32 bytes a number; 4 are the bytes, and some are copied twice.
    assert peak < 13 * RECORDS * dimension


def count_calls(call: Callable[[], Any]) -> int:
    call()
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(None)
    return calls
