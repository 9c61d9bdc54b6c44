"""Records, as callers write and read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Union

import numpy as np
import numpy.typing as npt

#: A vector as it is read: f32[dimension], bit for bit as it was written. The caller owns it.
Vector = npt.NDArray[np.float32]

#: A vector as callers give it: an array of one dimension, or numbers; they are rounded to f32 and copied before the call returns.
VectorInput = Union[npt.NDArray[Any], Sequence[float]]

#: What JSON holds. Numbers are doubles; NaN and infinities are refused.
Metadata = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SparseVector:
    """A vector given by its non-zero components, at most 1,024 of them.

    Attributes:
        indices: Components, 0..4,294,967,295, strictly ascending.
        values: f32[indices], finite, not zero, in the order of ``indices``.
    """

    indices: Sequence[int]
    values: Sequence[float]


@dataclass(slots=True, eq=False)
class Record:
    """A record as a caller writes it. At least one of vector, sparse and text is needed.

    Attributes:
        id: 1..512 bytes of UTF-8.
        vector: f32[dimension], finite.
        sparse: A sparse vector beside it.
        text: At most 1 MiB of UTF-8.
        metadata: At most 40 KiB as UTF-8 JSON, nested at most 16 levels.
        expires_at: With a time zone; from then on the record is invisible. None: never.
        if_version: Write only if the stored record's version is this; 0 means that it must be absent. None: in any case.
    """

    id: str
    vector: VectorInput | None = None
    sparse: SparseVector | None = None
    text: str | None = None
    metadata: Mapping[str, Any] | None = None
    expires_at: datetime | None = None
    if_version: int | None = None


class _RecordId(TypedDict):
    id: str


class RecordDict(_RecordId, total=False):
    """The same as a dict: ``{"id": "a", "vector": [0.1, 0.2], "metadata": {"year": 2019}}``."""

    vector: VectorInput | None
    sparse: SparseVector | Mapping[str, Any] | None
    text: str | None
    metadata: Mapping[str, Any] | None
    expires_at: datetime | None
    if_version: int | None


#: What a batch is made of.
RecordInput = Union[Record, RecordDict]

#: Any number of records.
RecordInputs = Iterable[RecordInput]


@dataclass(slots=True, eq=False)
class StoredRecord:
    """A record as it is read. What the read did not include, or the record has not, is None.

    Attributes:
        id: The record's id.
        version: Sequence of the write that made it, unique and growing within the namespace.
        vector: f32[dimension].
        sparse: Its sparse vector.
        text: Its text.
        metadata: Whole numbers come as int, others as float.
        expires_at: In UTC. None: never.
    """

    id: str
    version: int
    vector: Vector | None = None
    sparse: SparseVector | None = None
    text: str | None = None
    metadata: Metadata | None = None
    expires_at: datetime | None = None
