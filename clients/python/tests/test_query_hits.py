"""Hits: their metadata are read when they are asked for."""

from __future__ import annotations

import copy
import pickle

import numpy as np
from google.protobuf import struct_pb2

from vecstore import QueryHit
from vecstore._convert.query import from_result
from vecstore._gen.query_pb2 import QueryResult


def hit_of(*runs: bytes) -> QueryHit:
    return from_result(QueryResult(id="a", score=0.5, version=1, metadata=runs, vector=[np.float32([1]).tobytes()]))


def serialized(**values: object) -> bytes:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct.SerializeToString()


def test_metadata_are_read_once() -> None:
    hit = hit_of(serialized(year=2019))
    assert hit.metadata == {"year": 2019}
    assert hit.metadata is hit.metadata


def test_none_and_empty_are_told_apart() -> None:
    assert hit_of().metadata is None
    assert hit_of(b"").metadata == {}


def test_parts_of_a_message_are_one() -> None:
    assert hit_of(serialized(a=1), serialized(b=2)).metadata == {"a": 1, "b": 2}


def test_the_schema_sends_a_struct_where_the_client_reads_bytes() -> None:
    # Field 5 of QueryResult, as every sender writes a message.
    data = serialized(a="x")
    assert from_result(QueryResult.FromString(b"\x2a" + bytes([len(data)]) + data)).metadata == {"a": "x"}


def test_a_hit_is_shown_copied_and_pickled() -> None:
    hit = hit_of(serialized(a=1))
    assert repr(hit) == "QueryHit(id='a', score=0.5, version=1, metadata={'a': 1}, vector=array([1.], dtype=float32))"
    for other in (copy.copy(hit), pickle.loads(pickle.dumps(hit_of(serialized(a=1))))):
        assert (other.id, other.metadata, other.vector.tolist()) == ("a", {"a": 1}, [1])
