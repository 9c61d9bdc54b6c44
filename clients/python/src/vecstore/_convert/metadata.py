"""Metadata: dicts for callers, google.protobuf.Struct on the wire.

The fields of a Struct are a list of entries here, not a map: see ``_pool.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from .._pool import message
from ..errors import VecStoreError, invalid_argument
from ..models.record import Metadata
from .text import to_utf8_safe

_STRUCT: type[Struct] = message("google.protobuf.Struct")

#: Stops a value that holds itself; the server's limit of 16 levels is far below.
_DEPTH_MAX = 32

#: Below it every integer is a double.
_EXACT = 2**53


def to_metadata(metadata: object, target: Struct, name: str) -> None:
    """Fills a Struct. What JSON cannot hold is refused by its path.

    Raises:
        VecStoreError: INVALID_METADATA.
    """
    if not isinstance(metadata, Mapping):
        raise _invalid(name, f"is {_describe(metadata)}; it must be a dict")
    _fill_struct(target, metadata, name, 1)


def from_metadata(struct: Struct) -> Metadata:
    """The dict of a Struct. Whole numbers come as int: JSON does not tell 3 from 3.0."""
    metadata: Metadata = {}
    fields: Any = struct.fields
    # Strings and numbers are read here: a call for each would take a third of the time of a query's answer.
    for entry in fields:
        value = entry.value
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            metadata[entry.key] = value.string_value
        elif kind == "number_value":
            number = value.number_value
            metadata[entry.key] = int(number) if number.is_integer() else number
        else:
            metadata[entry.key] = _from_value(value, kind)
    return metadata


def from_metadata_bytes(serialized: bytes) -> Metadata:
    """The dict of a Struct that was not read yet."""
    return from_metadata(_STRUCT.FromString(serialized))


def _fill_struct(target: Struct, values: Mapping[Any, object], path: str, depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise _invalid(path, "nests too deep; at most 16 levels are allowed")
    # An empty object inside another one would otherwise not be sent.
    target.SetInParent()
    fields: Any = target.fields
    for key, value in values.items():
        entry = fields.add()
        entry.key = to_utf8_safe(key, f"a key of {path}", "INVALID_METADATA")
        _fill_value(entry.value, value, f"{path}.{key}", depth + 1)


def _fill_list(target: ListValue, values: list[object] | tuple[object, ...], path: str, depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise _invalid(path, "nests too deep; at most 16 levels are allowed")
    target.SetInParent()
    for position, value in enumerate(values):
        _fill_value(target.values.add(), value, f"{path}[{position}]", depth + 1)


def _fill_value(target: Value, value: object, path: str, depth: int) -> None:
    if isinstance(value, str):
        target.string_value = to_utf8_safe(value, path, "INVALID_METADATA")
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.number_value = _to_number(value, path)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise _invalid(path, f"is {value}; numbers must be finite")
        target.number_value = value
    elif value is None:
        target.null_value = 0  # type: ignore[assignment]
    elif isinstance(value, Mapping):
        _fill_struct(target.struct_value, value, path, depth)
    elif isinstance(value, (list, tuple)):
        _fill_list(target.list_value, value, path, depth)
    elif isinstance(value, (np.generic, np.ndarray)) and value.dtype.kind in "biufU":
        # The values of a column of a data frame.
        _fill_value(target, value.tolist(), path, depth)
    else:
        raise _invalid(path, f"is {_describe(value)}; metadata hold what JSON holds")


def _to_number(value: int, path: str) -> float:
    if -_EXACT <= value <= _EXACT:
        return value
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if number == value:
        return number
    raise _invalid(path, f"is {value}, which no double is; store such an integer as a string")


def _from_value(value: Value, kind: str | None) -> Any:
    if kind == "string_value":
        return value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return from_metadata(value.struct_value)
    if kind == "list_value":
        return [_from_value(each, each.WhichOneof("kind")) for each in value.list_value.values]
    return None


def _describe(value: object) -> str:
    if isinstance(value, date):
        return f"a {type(value).__name__} (use isoformat())"
    return f"of type {type(value).__name__}"


def _invalid(path: str, problem: str) -> VecStoreError:
    return invalid_argument(f"{path} {problem}", "INVALID_METADATA")
