"""Vectors: bytes on the wire, NumPy arrays for callers. No float is an object on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._gen import record_pb2 as record_pb
from ..errors import VecStoreError, invalid_argument
from ..models.record import SparseVector, Vector

#: Little-endian f32, whatever the machine is.
F32 = np.dtype("<f4")


def to_vector_bytes(vector: object, name: str) -> bytes:
    """Copies a vector into the bytes that travel: 4 x dimension bytes, little-endian f32.

    A copy, so that a caller may reuse its array at once and every retry sends the same bytes.

    Raises:
        VecStoreError: INVALID_VECTOR when it is no array of one dimension, or empty, or does not hold numbers.
    """
    array = to_f32(vector, name)
    if array.ndim != 1 or array.size == 0:
        raise _invalid(
            name, f"has the shape {array.shape}; it must be an array of one dimension, of at least one number"
        )
    return array.tobytes()


def to_f32(values: object, name: str) -> npt.NDArray[Any]:
    """Numbers as an array of f32, without a copy where they are one already.

    Raises:
        VecStoreError: INVALID_VECTOR.
    """
    if isinstance(values, (str, bytes, dict)) or values is None:
        raise _invalid(name, f"is of type {type(values).__name__}; it must be an array of numbers")
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiu":
            raise _invalid(name, f"holds {array.dtype}; it must hold real numbers")
        # A number beyond f32 becomes an infinity, which the server refuses by its position.
        with np.errstate(over="ignore"):
            return array.astype(F32, copy=False)
    except (TypeError, ValueError) as error:
        raise _invalid(name, f"is no array of numbers: {error}") from None


def from_vector(runs: Sequence[bytes]) -> Vector | None:
    """The vector of a message, f32[dimension]; None when there is none. The array is the caller's own, and writable."""
    if not runs:
        return None
    data = runs[0] if len(runs) == 1 else b"".join(runs)
    # A bytearray may be written to, and is copied once.
    return np.frombuffer(bytearray(data), F32)


def to_sparse(sparse: object, target: record_pb.SparseVector, name: str) -> None:
    """Fills a sparse vector.

    Raises:
        VecStoreError: INVALID_VECTOR when it has not one value for each index.
    """
    indices, values = _parts(sparse, name)
    if len(indices) != len(values):
        raise _invalid(name, f"has {len(indices)} indices and {len(values)} values")
    try:
        target.indices.extend(indices.tolist() if isinstance(indices, np.ndarray) else indices)
        target.values.extend(values.tolist() if isinstance(values, np.ndarray) else values)
    except (TypeError, ValueError, OverflowError) as error:
        raise _invalid(name, f"is no sparse vector: {error}") from None


def from_sparse(message: record_pb.SparseVector) -> SparseVector:
    """A sparse vector that the caller owns."""
    return SparseVector(list(message.indices), list(message.values))


def _parts(sparse: object, name: str) -> tuple[Any, Any]:
    if isinstance(sparse, SparseVector):
        return sparse.indices, sparse.values
    if isinstance(sparse, dict) and sparse.keys() == {"indices", "values"}:
        return sparse["indices"], sparse["values"]
    raise _invalid(name, "must be a SparseVector, or a dict of indices and values")


def _invalid(name: str, problem: str) -> VecStoreError:
    return invalid_argument(f"{name} {problem}", "INVALID_VECTOR")
