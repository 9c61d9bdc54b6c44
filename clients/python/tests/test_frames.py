"""Data frames of pandas and tables of PyArrow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vecstore import Columns, VecStoreClient, VecStoreError, from_arrow, from_pandas
from vecstore._convert.metadata import from_metadata
from vecstore._convert.write import to_upsert


def written(columns: Columns) -> list[Any]:
    records = to_upsert(columns, namespace="", mode=None, idempotency_key=None).records
    return [
        (
            record.id,
            np.frombuffer(record.vector_f32, "<f4").tolist(),
            from_metadata(record.metadata) if record.HasField("metadata") else None,
            record.text if record.HasField("text") else None,
        )
        for record in records
    ]


FRAME = {
    "id": ["a", "b"],
    "vector": [[1.0, 2.0], [3.0, 4.0]],
    "year": [2019, None],
    "kind": ["book", None],
    "seen": [datetime(2026, 1, 2), None],
    "body": ["one", None],
}
EXPECTED = [
    ("a", [1, 2], {"year": 2019, "kind": "book", "seen": "2026-01-02T00:00:00"}, "one"),
    ("b", [3, 4], {}, None),
]


def test_a_frame_becomes_records_without_its_missing_values() -> None:
    assert written(from_pandas(pd.DataFrame(FRAME), text="body")) == EXPECTED
    arrays = pd.DataFrame({**FRAME, "vector": list(np.array([[1, 2], [3, 4]], "f8"))})
    assert written(from_pandas(arrays, text="body")) == EXPECTED
    typed = pd.DataFrame(FRAME).astype({"year": "Int64", "kind": "string"})
    assert written(from_pandas(typed, text="body")) == EXPECTED


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.list_(pa.float64()), pa.large_list(pa.float32()), pa.list_(pa.float32(), 2)]
)
def test_a_table_becomes_records_without_its_nulls(kind: Any) -> None:
    vectors = pa.chunked_array([pa.array([[1.0, 2.0]], kind), pa.array([[3.0, 4.0]], kind)])
    table = pa.table({**FRAME, "vector": vectors})
    assert written(from_arrow(table, text="body")) == EXPECTED
    assert written(from_arrow(table.slice(1), text="body")) == EXPECTED[1:]
    assert written(from_arrow(table.slice(2), text="body")) == []


def test_columns_are_chosen_by_name() -> None:
    for columns in (
        from_pandas(pd.DataFrame(FRAME), metadata=["kind"]),
        from_arrow(pa.table(FRAME), metadata=["kind"]),
    ):
        assert [each[2] for each in written(columns)] == [{"kind": "book"}, {}]
    assert written(
        from_pandas(pd.DataFrame({"key": ["x"], "t": ["text"]}), id="key", vector=None, text="t", metadata=[])
    ) == [("x", [], None, "text")]


@pytest.mark.parametrize(
    "read",
    [lambda frame, **o: from_pandas(pd.DataFrame(frame), **o), lambda frame, **o: from_arrow(pa.table(frame), **o)],
)
def test_what_does_not_fit_is_refused(read: Any) -> None:
    for frame, options, reason in (
        (FRAME, {"id": "key"}, "INVALID_ARGUMENT"),
        (FRAME, {"metadata": ["nothing"]}, "INVALID_ARGUMENT"),
        ({"id": ["a", "b"], "vector": [[1.0], [1.0, 2.0]]}, {}, "INVALID_VECTOR"),
        ({"id": ["a", "b"], "vector": [[1.0], None]}, {}, "INVALID_VECTOR"),
        ({"id": ["a"], "vector": [["x"]]}, {}, "INVALID_VECTOR"),
    ):
        with pytest.raises(VecStoreError) as raised:
            read(frame, **options)
        assert raised.value.reason == reason


def test_the_columns_of_a_frame_are_columns_too() -> None:
    frame = pd.DataFrame(FRAME).iloc[::-1]
    columns = Columns(frame["id"], np.stack(frame["vector"].tolist()), texts=frame["body"])
    assert written(columns) == [("b", [3, 4], None, None), ("a", [1, 2], None, "one")]


def test_frames_are_written_to_a_server(client: VecStoreClient) -> None:
    client.upsert(from_pandas(pd.DataFrame(FRAME), text="body"))
    assert client.upsert_all(from_arrow(pa.table(FRAME), text="body")).inserted == 0
    assert client.get(["a"]).records[0].metadata == EXPECTED[0][2]
