"""Columns from data frames of pandas and tables of PyArrow. Neither is needed unless it is used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._convert.vector import F32, to_f32
from .columns import Columns
from .errors import VecStoreError, invalid_argument


def from_pandas(
    frame: Any,
    *,
    id: str = "id",
    vector: str | None = "vector",
    text: str | None = None,
    metadata: Sequence[str] | None = None,
) -> Columns:
    """Records of a data frame: one for each row.

    Args:
        frame: A ``pandas.DataFrame``.
        id: The column of ids, strings.
        vector: The column of vectors, each an array or a list; None: there is none.
        text: The column of texts; missing ones are none. None: there is none.
        metadata: Columns that become metadata under their names; missing values are left out. Default: all others.

    Raises:
        VecStoreError: INVALID_ARGUMENT for a column that is not there, INVALID_VECTOR for vectors of different dimensions.
    """
    names = [str(name) for name in frame.columns]
    columns = _names(names, id, vector, text, metadata)
    return Columns(
        frame[id].tolist(),
        None if vector is None else _stack(frame[vector].tolist(), vector),
        metadata=_rows({name: frame[name].tolist() for name in columns}, len(frame)),
        texts=None if text is None else [None if _is_missing(each) else each for each in frame[text].tolist()],
    )


def from_arrow(
    table: Any,
    *,
    id: str = "id",
    vector: str | None = "vector",
    text: str | None = None,
    metadata: Sequence[str] | None = None,
) -> Columns:
    """Records of a table: one for each row. Vectors of a fixed-size list of f32 are not copied.

    Args:
        table: A ``pyarrow.Table``.
        id: The column of ids, strings.
        vector: The column of vectors, lists of numbers; None: there is none.
        text: The column of texts; nulls are none. None: there is none.
        metadata: Columns that become metadata under their names; nulls are left out. Default: all others.

    Raises:
        VecStoreError: INVALID_ARGUMENT for a column that is not there, INVALID_VECTOR for vectors of different dimensions.
    """
    columns = _names(table.column_names, id, vector, text, metadata)
    return Columns(
        table.column(id).to_pylist(),
        None if vector is None else _arrow_matrix(table.column(vector), vector),
        metadata=_rows({name: table.column(name).to_pylist() for name in columns}, table.num_rows),
        texts=None if text is None else table.column(text).to_pylist(),
    )


def _names(
    there: Sequence[str], id: str, vector: str | None, text: str | None, metadata: Sequence[str] | None
) -> Sequence[str]:
    """The columns that become metadata."""
    taken = [name for name in (id, vector, text) if name is not None]
    chosen = [name for name in there if name not in taken] if metadata is None else metadata
    for name in (*taken, *chosen):
        if name not in there:
            raise invalid_argument(f"there is no column {name!r}; the columns are {', '.join(there)}")
    return chosen


def _stack(vectors: list[Any], name: str) -> Any:
    """A matrix of a column of arrays or lists."""
    arrays = [to_f32(each, f"{name}[{row}]") for row, each in enumerate(vectors)]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
        raise _not_equal(name, sorted(str(shape) for shape in shapes))
    return np.stack(arrays) if arrays else np.empty((0, 0), F32)


def _arrow_matrix(column: Any, name: str) -> Any:
    """A matrix of a column of lists, read from its values, which lie one behind the other."""
    if column.null_count > 0:
        problem = f"{name} has {column.null_count} nulls; every record of the table needs a vector"
        raise invalid_argument(problem, "INVALID_VECTOR")
    values = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in column.chunks]
    lengths = sorted({length for chunk in column.chunks for length in _lengths(chunk)})
    if len(lengths) > 1:
        raise _not_equal(name, [str(length) for length in lengths])
    flat = values[0] if len(values) == 1 else np.concatenate([np.empty(0, F32), *values])
    return to_f32(flat, name).reshape(len(column), lengths[0] if lengths else 0)


def _lengths(chunk: Any) -> list[int]:
    """The different lengths of the lists of an array."""
    offsets = getattr(chunk, "offsets", None)
    if offsets is None:
        return [int(chunk.type.list_size)]
    return [int(length) for length in np.unique(np.diff(offsets.to_numpy()))]


def _rows(columns: Mapping[str, list[Any]], count: int) -> list[dict[str, Any]] | None:
    if not columns:
        return None
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            if not _is_missing(value):
                row[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return rows


def _is_missing(value: Any) -> bool:
    """Whether a cell is empty: None, NaN, NaT or NA."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return type(value).__name__ in ("NAType", "NaTType")


def _not_equal(name: str, lengths: list[str]) -> VecStoreError:
    return invalid_argument(f"{name} has vectors of different lengths: {', '.join(lengths)}", "INVALID_VECTOR")
