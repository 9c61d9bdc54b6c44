"""Strings that UTF-8 can hold."""

from __future__ import annotations

from ..errors import invalid_argument


def to_utf8_safe(value: object, name: str, reason: str = "INVALID_ARGUMENT") -> str:
    """Returns a string that UTF-8 can hold; a lone surrogate is none.

    Raises:
        VecStoreError: with ``reason`` when it is no string, or no well-formed one.
    """
    if not isinstance(value, str):
        raise invalid_argument(f"{name} is of type {type(value).__name__}; it must be a string", reason)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise invalid_argument(f"{name} holds half a surrogate pair; correct the text", reason) from None
    return value


def to_id(value: object, name: str) -> str:
    """The same for ids.

    Raises:
        VecStoreError: INVALID_ID.
    """
    return to_utf8_safe(value, name, "INVALID_ID")
