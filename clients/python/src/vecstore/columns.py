"""Records by columns: a matrix of vectors, and beside it ids, metadata and texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ._convert.metadata import to_metadata
from ._convert.text import to_id, to_utf8_safe
from ._convert.vector import F32, to_f32
from ._gen import record_pb2 as pb
from .errors import VecStoreError, invalid_argument

#: Rows whose bytes are made at once, so that a large matrix of another type is never copied whole.
_ROWS_AT_ONCE = 1_024


class Columns:
    """Records whose vectors are the rows of one matrix; no number of it becomes an object of Python.

    Every call that takes records takes them in this form too.

    Args:
        ids: An id for each record.
        vectors: f32[records, dimension], or what becomes that: a NumPy array, or a list of equal lists. It is read while a call
            runs and must not change meanwhile. None: no vectors.
        metadata: A dict, or None, for each record. None: no metadata.
        texts: A text, or None, for each record. None: no texts.

    Raises:
        VecStoreError: INVALID_VECTOR when vectors is no matrix of numbers, INVALID_ARGUMENT when the columns differ in length.
    """

    __slots__ = ("_ids", "_metadata", "_texts", "_vectors")

    def __init__(
        self,
        ids: Sequence[str] | npt.NDArray[Any],
        vectors: npt.NDArray[Any] | Sequence[Sequence[float]] | None = None,
        *,
        metadata: Sequence[Mapping[str, Any] | None] | None = None,
        texts: Sequence[str | None] | None = None,
    ) -> None:
        self._ids: Sequence[str] = _to_list(ids, "ids")
        self._vectors = None if vectors is None else _to_matrix(vectors)
        self._metadata: Sequence[Any] | None = None if metadata is None else _to_list(metadata, "metadata")
        self._texts: Sequence[Any] | None = None if texts is None else _to_list(texts, "texts")
        for name, column in (("vectors", self._vectors), ("metadata", self._metadata), ("texts", self._texts)):
            if column is not None and len(column) != len(self._ids):
                raise invalid_argument(f"{name} has {len(column)} rows; ids has {len(self._ids)}")

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Row]:
        for start in range(0, len(self._ids), _ROWS_AT_ONCE):
            vectors, width = self._bytes_of(start, start + _ROWS_AT_ONCE)
            for position in range(start, min(start + _ROWS_AT_ONCE, len(self._ids))):
                offset = (position - start) * width
                vector = None if vectors is None else vectors[offset : offset + width].tobytes()
                yield Row(self, position, vector)

    def fill(self, position: int, vector: bytes | None, target: pb.Record) -> None:
        """Fills the message of one record.

        Raises:
            VecStoreError: invalid_argument for what the message cannot hold.
        """
        target.id = to_id(self._ids[position], f"records[{position}].id")
        if vector is not None:
            target.vector_f32 = vector
        metadata = self._metadata[position] if self._metadata is not None else None
        if metadata is not None:
            to_metadata(metadata, target.metadata, f"records[{position}].metadata")
        text = self._texts[position] if self._texts is not None else None
        if text is not None:
            target.text = to_utf8_safe(text, f"records[{position}].text")

    def _bytes_of(self, start: int, stop: int) -> tuple[npt.NDArray[np.uint8] | None, int]:
        """The bytes of some rows, and how many one takes."""
        if self._vectors is None:
            return None, 0
        # A number beyond f32 becomes an infinity, which the server refuses by its position.
        with np.errstate(over="ignore"):
            matrix = np.ascontiguousarray(self._vectors[start:stop], F32)
        return matrix.reshape(-1).view(np.uint8), F32.itemsize * matrix.shape[1]


class Row:
    """One record of Columns, as its iteration gives it."""

    __slots__ = ("_columns", "_position", "_vector")

    def __init__(self, columns: Columns, position: int, vector: bytes | None) -> None:
        self._columns = columns
        self._position = position
        self._vector = vector

    def fill(self, target: pb.Record) -> None:
        """Fills its message."""
        self._columns.fill(self._position, self._vector, target)


def _to_list(column: Any, name: str) -> Sequence[Any]:
    """A column as objects of Python: those of NumPy and pandas are made anew at each look, and a Series is looked at by its labels."""
    if isinstance(column, (str, bytes, Mapping)) or not hasattr(column, "__len__"):
        raise invalid_argument(
            f"{name} is of type {type(column).__name__}; it must be a list, one element for each record"
        )
    values: Sequence[Any] = column.tolist() if hasattr(column, "tolist") else column
    return values


def _to_matrix(vectors: object) -> npt.NDArray[Any]:
    matrix = vectors if isinstance(vectors, np.ndarray) else to_f32(vectors, "vectors")
    if matrix.ndim != 2 or (len(matrix) > 0 and matrix.shape[1] == 0):
        raise _invalid(f"has the shape {matrix.shape}; it must be (records, dimension)")
    if matrix.dtype.kind not in "fiu":
        raise _invalid(f"holds {matrix.dtype}; it must hold real numbers")
    return matrix


def _invalid(problem: str) -> VecStoreError:
    return invalid_argument(f"vectors {problem}", "INVALID_VECTOR")
