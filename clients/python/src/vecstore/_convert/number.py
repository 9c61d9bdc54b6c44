"""Numbers that the fields of messages hold."""

from __future__ import annotations

import operator
from typing import SupportsIndex

from ..errors import invalid_argument

_UINT32_MAX = 4_294_967_295
_UINT64_MAX = 18_446_744_073_709_551_615


def to_uint32(value: SupportsIndex, name: str) -> int:
    """Checks that a number fits an unsigned 32-bit field; the server knows the narrower range.

    Raises:
        VecStoreError: LIMIT_OUT_OF_RANGE.
    """
    return _to_unsigned(value, name, _UINT32_MAX, "LIMIT_OUT_OF_RANGE")


def to_uint64(value: SupportsIndex, name: str) -> int:
    """Checks that a number fits an unsigned 64-bit field.

    Raises:
        VecStoreError: INVALID_ARGUMENT.
    """
    return _to_unsigned(value, name, _UINT64_MAX, "INVALID_ARGUMENT")


def to_double(value: float, name: str) -> float:
    """Checks that a value is a number; the server knows the range.

    Raises:
        VecStoreError: INVALID_ARGUMENT.
    """
    if not isinstance(value, bool):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            pass
    raise invalid_argument(f"{name} is {value!r}; it must be a number")


def _to_unsigned(value: SupportsIndex, name: str, maximum: int, reason: str) -> int:
    if not isinstance(value, bool):
        try:
            # Integers of NumPy too, but no float: 1.0 and 1.5 would differ only in what is lost.
            number = operator.index(value)
        except TypeError:
            number = -1
        if 0 <= number <= maximum:
            return number
    raise invalid_argument(f"{name} is {value!r}; it must be an integer, 0..{maximum:,}", reason)
