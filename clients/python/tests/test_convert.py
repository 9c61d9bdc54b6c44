"""Arguments into messages, and back."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest
from google.protobuf import json_format, struct_pb2

from vecstore import Columns, Record, SparseVector, VecStoreError
from vecstore._convert.metadata import from_metadata, to_metadata
from vecstore._convert.number import to_uint32
from vecstore._convert.record import to_record
from vecstore._convert.time import from_timestamp, to_timestamp
from vecstore._convert.vector import from_vector, to_vector_bytes
from vecstore._gen import record_pb2
from vecstore._gen.record_pb2 import Record as RecordMessage


def fails(call, *arguments) -> str:
    with pytest.raises(VecStoreError) as raised:
        call(*arguments)
    assert raised.value.code == "invalid_argument"
    return raised.value.reason


@pytest.mark.parametrize(
    "vector",
    [
        [1, 2.5, -3],
        (1, 2.5, -3),
        np.array([1, 2.5, -3]),
        np.array([1, 2.5, -3], ">f8"),
        np.array([1, 9, 2.5, 9, -3, 9], "f4")[::2],
        np.array([1, 2.5, -3], "f2"),
    ],
)
def test_vectors_travel_as_little_endian_floats(vector) -> None:
    assert to_vector_bytes(vector, "vector") == np.array([1, 2.5, -3], "<f4").tobytes()


@pytest.mark.parametrize(
    "vector",
    [
        [],
        [[1, 2]],
        np.eye(2),
        3,
        None,
        "12",
        b"12",
        {"a": 1},
        [1, "a"],
        ["1", "2"],
        [1, None],
        [1j],
        [True],
        [[1], [1, 2]],
    ],
)
def test_what_is_no_vector_is_refused(vector) -> None:
    assert fails(to_vector_bytes, vector, "vector") == "INVALID_VECTOR"


def test_vectors_are_read_from_one_run_of_bytes_or_several() -> None:
    data = np.array([1, 2, 3], "<f4").tobytes()
    for runs in ([data], [data[:4], data[4:]]):
        vector = from_vector(runs)
        assert vector is not None
        assert vector.tolist() == [1, 2, 3]
        assert vector.dtype == np.float32
        assert vector.flags.writeable
    assert from_vector([]) is None


def test_the_schema_sends_floats_where_the_client_reads_bytes() -> None:
    # Field 2, a packed run of 8 bytes, as every sender of `repeated float` writes it.
    message = RecordMessage.FromString(b"\x12\x08" + np.array([1, 2], "<f4").tobytes())
    vector = from_vector(message.vector)
    assert vector is not None
    assert vector.tolist() == [1, 2]


METADATA = {
    "string": "ü",
    "int": 2**53,
    "negative": -3,
    "float": 0.25,
    "true": True,
    "false": False,
    "none": None,
    "list": [1, "a", [None], {}],
    "object": {"a": {"b": []}},
    "": "empty key",
}


def test_metadata_come_back_as_they_went() -> None:
    message = RecordMessage().metadata
    to_metadata(METADATA, message, "metadata")
    found = from_metadata(type(message).FromString(message.SerializeToString()))
    assert found == METADATA
    assert list(found) == list(METADATA)
    assert [type(found[key]) for key in ("int", "float", "true")] == [int, float, bool]


def test_metadata_are_a_struct_to_others() -> None:
    message = RecordMessage().metadata
    to_metadata({"a": 1, "b": {"c": [None]}}, message, "metadata")
    theirs = struct_pb2.Struct.FromString(message.SerializeToString())
    assert json_format.MessageToDict(theirs) == {"a": 1, "b": {"c": [None]}}
    assert from_metadata(type(message).FromString(theirs.SerializeToString())) == {"a": 1, "b": {"c": [None]}}


def test_values_of_numpy_are_metadata() -> None:
    message = RecordMessage().metadata
    values = {"i": np.int32(3), "f": np.float32(0.5), "b": np.bool_(True), "s": np.str_("x"), "a": np.array([1, 2])}
    to_metadata(values, message, "metadata")
    assert from_metadata(message) == {"i": 3, "f": 0.5, "b": True, "s": "x", "a": [1, 2]}


def test_whole_floats_beyond_doubles_precision_keep_their_value() -> None:
    message = RecordMessage().metadata
    to_metadata({"a": 1e300, "b": -0.0}, message, "metadata")
    assert from_metadata(message) == {"a": 1e300, "b": 0}


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        np.float64("nan"),
        2**53 + 1,
        10**400,
        date(2026, 1, 1),
        b"bytes",
        {1},
        object(),
        1j,
        "\ud800",
        {1: 2},
        {"\ud800": 1},
    ],
)
def test_what_json_cannot_hold_is_refused_by_its_path(value) -> None:
    with pytest.raises(VecStoreError) as raised:
        to_metadata({"a": [0, value]}, RecordMessage().metadata, "metadata")
    assert raised.value.reason == "INVALID_METADATA"
    assert "metadata.a[1]" in raised.value.message


def test_metadata_that_hold_themselves_are_refused() -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop
    assert fails(to_metadata, loop, RecordMessage().metadata, "metadata") == "INVALID_METADATA"
    assert fails(to_metadata, [("a", 1)], RecordMessage().metadata, "metadata") == "INVALID_METADATA"


@pytest.mark.parametrize(
    "record",
    [
        {"id": "a", "vector": [1], "metadata": {"x": 1}},
        Record("a", [1], metadata={"x": 1}),
    ],
)
def test_records_are_dicts_or_records(record) -> None:
    message = RecordMessage()
    to_record(record, message, "records[0]")
    assert (message.id, message.vector_f32, from_metadata(message.metadata)) == ("a", b"\0\0\x80?", {"x": 1})


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"vector": [1]}, "INVALID_ID"),
        ({"id": 7}, "INVALID_ID"),
        ({"id": "\ud800"}, "INVALID_ID"),
        ({"id": "a", "vectors": [1]}, "INVALID_ARGUMENT"),
        (["a", [1]], "INVALID_ARGUMENT"),
        ({"id": "a", "text": 7}, "INVALID_ARGUMENT"),
        ({"id": "a", "vector": "abc"}, "INVALID_VECTOR"),
        ({"id": "a", "sparse": {"indices": [1], "values": [1, 2]}}, "INVALID_VECTOR"),
        ({"id": "a", "sparse": {"indices": [-1], "values": [1]}}, "INVALID_VECTOR"),
        ({"id": "a", "sparse": [1]}, "INVALID_VECTOR"),
        ({"id": "a", "expires_at": datetime(2026, 1, 1)}, "INVALID_ARGUMENT"),
        ({"id": "a", "expires_at": 5}, "INVALID_ARGUMENT"),
        ({"id": "a", "if_version": -1}, "INVALID_ARGUMENT"),
        ({"id": "a", "if_version": 1.0}, "INVALID_ARGUMENT"),
    ],
)
def test_what_is_no_record_is_refused(record, reason: str) -> None:
    assert fails(to_record, record, RecordMessage(), "records[0]") == reason


def test_sparse_vectors_may_be_arrays() -> None:
    message = RecordMessage()
    sparse = SparseVector(np.array([1, 5]), np.array([0.5, -1], "f4"))
    to_record(Record("a", sparse=sparse), message, "r")
    assert message.sparse == record_pb2.SparseVector(indices=[1, 5], values=[0.5, -1])


@pytest.mark.parametrize(
    "time", [datetime(1, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999_999), datetime(9999, 12, 31, 23, 59, 59)]
)
def test_times_come_back_as_they_went(time: datetime) -> None:
    message = RecordMessage()
    for zone in (timezone.utc, timezone(timedelta(hours=5))):
        if time.year in (1, 9999) and zone is not timezone.utc:
            continue
        to_timestamp(time.replace(tzinfo=zone), message.expires_at, "t")
        assert from_timestamp(message.expires_at) == time.replace(tzinfo=zone)


@pytest.mark.parametrize("value", [-1, 2**32, 1.5, 1.0, "1", None, True, math.nan])
def test_what_is_no_count_is_refused(value) -> None:
    assert fails(to_uint32, value, "limit") == "LIMIT_OUT_OF_RANGE"


def test_counts_may_be_numpy_s() -> None:
    assert [to_uint32(value, "limit") for value in (0, 2**32 - 1, np.int64(5))] == [0, 2**32 - 1, 5]


@pytest.mark.parametrize(
    ("arguments", "options", "reason"),
    [
        ((["a"], np.zeros(3)), {}, "INVALID_VECTOR"),
        ((["a"], np.zeros((1, 0))), {}, "INVALID_VECTOR"),
        ((["a"], [["x"]]), {}, "INVALID_VECTOR"),
        ((["a"], np.array([["x"]])), {}, "INVALID_VECTOR"),
        ((["a", "b"], np.zeros((1, 2))), {}, "INVALID_ARGUMENT"),
        ((["a"], np.zeros((1, 2))), {"metadata": []}, "INVALID_ARGUMENT"),
        (("a", np.zeros((1, 2))), {}, "INVALID_ARGUMENT"),
        ((iter(["a"]), np.zeros((1, 2))), {}, "INVALID_ARGUMENT"),
        ((["a"], np.zeros((1, 2))), {"metadata": {"a": 1}}, "INVALID_ARGUMENT"),
    ],
)
def test_columns_that_do_not_fit_are_refused(arguments, options, reason: str) -> None:
    assert fails(lambda: Columns(*arguments, **options)) == reason
