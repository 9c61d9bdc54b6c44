"""Whether what came is what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def mismatch(expected: Any, actual: Any, path: str = "it") -> str | None:
    """The first place where what came is not what was expected; None when all matches."""
    if isinstance(expected, list):
        return _mismatch_of_list(expected, actual, path)
    if isinstance(expected, dict):
        return _mismatch_of_dict(expected, actual, path)
    if expected is None or isinstance(expected, (bool, str)):
        equal = type(expected) is type(actual) and expected == actual
    else:
        equal = _is_number(actual) and expected == actual
    return None if equal else _differs(path, expected, actual)


def _mismatch_of_list(expected: list[Any], actual: Any, path: str) -> str | None:
    if not isinstance(actual, list) or len(actual) != len(expected):
        return _differs(path, expected, actual)
    found = (mismatch(value, actual[at], f"{path}[{at}]") for at, value in enumerate(expected))
    return next(filter(None, found), None)


def _mismatch_of_dict(expected: dict[str, Any], actual: Any, path: str) -> str | None:
    if len(expected) == 1:
        [(name, argument)] = expected.items()
        if name in _MATCHERS:
            return None if _MATCHERS[name](argument, actual) else _differs(path, expected, actual)
    if not isinstance(actual, dict):
        return _differs(path, expected, actual)
    found = (mismatch(value, actual.get(key), f"{path}.{key}") for key, value in expected.items())
    return next(filter(None, found), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _equals(expected: Any, actual: Any) -> bool:
    """Throughout, where True is not 1."""
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(_equals(value, actual[key]) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(_equals(value, actual[at]) for at, value in enumerate(expected))
        )
    return mismatch(expected, actual) is None


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, (list, str)) else None


def _contains(part: Any, actual: Any) -> bool:
    if isinstance(actual, list):
        return any(mismatch(part, element) is None for element in actual)
    return isinstance(actual, str) and part in actual


_MATCHERS: dict[str, Callable[[Any, Any], bool]] = {
    "$any": lambda _, actual: actual is not None,
    "$exact": _equals,
    "$approx": lambda of, actual: _is_number(actual) and abs(actual - of[0]) <= of[1],
    "$at_least": lambda bound, actual: _is_number(actual) and actual >= bound,
    "$at_most": lambda bound, actual: _is_number(actual) and actual <= bound,
    "$length": lambda expected, actual: mismatch(expected, _length(actual)) is None,
    "$regex": lambda pattern, actual: isinstance(actual, str) and re.search(pattern, actual) is not None,
    "$contains": _contains,
    "$not": lambda expected, actual: mismatch(expected, actual) is not None,
}


def _differs(path: str, expected: Any, actual: Any) -> str:
    return f"{path}: expected {str(expected)[:1_000]}, got {str(actual)[:1_000]}"
