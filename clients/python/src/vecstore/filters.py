"""Filters over metadata: as trees, and in their JSON form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Union

from .errors import VecStoreError, invalid_argument

#: A scalar that metadata is compared with. A datetime, with a time zone, compares with strings that parse as RFC 3339.
FilterValue = Union[str, int, float, bool, datetime, None]

ComparisonOperator = Literal["=", "!=", ">", ">=", "<", "<="]

#: Names from the root, so ``author.name`` is ``("author", "name")``.
Path = Sequence[str]


@dataclass(frozen=True, slots=True)
class And:
    """True when all operands are."""

    operands: Sequence[Filter]


@dataclass(frozen=True, slots=True)
class Or:
    """True when at least one operand is."""

    operands: Sequence[Filter]


@dataclass(frozen=True, slots=True)
class Not:
    """True when its operand is false."""

    operand: Filter


@dataclass(frozen=True, slots=True)
class Compare:
    """Compares a field with a value; ``!=`` means NOT =, so a missing field satisfies it."""

    path: Path
    operator: ComparisonOperator
    value: FilterValue


@dataclass(frozen=True, slots=True)
class In:
    """The field equals one of the values."""

    path: Path
    values: Sequence[FilterValue]


@dataclass(frozen=True, slots=True)
class NotIn:
    """The field equals none of the values, or is missing."""

    path: Path
    values: Sequence[FilterValue]


@dataclass(frozen=True, slots=True)
class Contains:
    """A substring of a string, or an element of an array."""

    path: Path
    value: FilterValue


@dataclass(frozen=True, slots=True)
class StartsWith:
    """A string that begins with a prefix."""

    path: Path
    prefix: str


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there, be it null."""

    path: Path


@dataclass(frozen=True, slots=True)
class IsNull:
    """The field is there and null."""

    path: Path


@dataclass(frozen=True, slots=True)
class Between:
    """The field lies between two values, both included."""

    path: Path
    low: FilterValue
    high: FilterValue


#: A filter as a tree. A missing field makes every comparison false, and ``!=`` and NotIn true.
Filter = Union[And, Or, Not, Compare, In, NotIn, Contains, StartsWith, Exists, IsNull, Between]

#: What calls take: a filter string, a tree, or the JSON form such as ``{"year": {"$gte": 2020}}``.
FilterInput = Union[str, Filter, Mapping[str, Any]]

_COMPARISONS: dict[str, ComparisonOperator] = {
    "$eq": "=",
    "$ne": "!=",
    "$gt": ">",
    "$gte": ">=",
    "$lt": "<",
    "$lte": "<=",
}

_RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)

#: Stops a filter that holds itself; the server's limit of 32 levels is below.
_DEPTH_MAX = 100


def filter_from_json(json: Mapping[str, Any]) -> Filter:
    """Turns the JSON form of a filter, such as ``{"year": {"$gte": 2020}, "author.name": "Ada"}``, into a tree.

    Several keys of one object, and several operators of one field, must all hold. A name that holds a dot goes in
    backticks, which are doubled inside. A time is a datetime, or ``{"$timestamp": "2026-01-01T00:00:00Z"}``.

    Raises:
        VecStoreError: INVALID_FILTER with the path of the part, such as ``filter.$and[1].year.$gte``; the server refuses what is
            well-formed and makes no sense.
    """
    return _read_filter(json, "filter", 1)


def _read_filter(value: object, at: str, depth: int) -> Filter:
    def read(key: str, entry: object, entry_at: str) -> Filter:
        if key == "$and":
            return And(_read_operands(entry, entry_at, depth))
        if key == "$or":
            return Or(_read_operands(entry, entry_at, depth))
        if key == "$not":
            return Not(_read_filter(entry, entry_at, depth + 1))
        if key.startswith("$"):
            raise _invalid(entry_at, "is no operator; use $and, $or, $not or a field")
        return _read_field(_read_path(key, entry_at), entry, entry_at, depth)

    return _read_all(value, at, depth, read)


def _read_all(value: object, at: str, depth: int, read: Callable[[str, object, str], Filter]) -> Filter:
    """Reads every entry of an object; more than one make an AND."""
    if depth > _DEPTH_MAX:
        raise _invalid(at, "nests too deep; at most 32 levels are allowed")
    if not isinstance(value, Mapping):
        raise _invalid(at, "must be an object")
    operands = [read(_read_key(key, at), entry, f"{at}.{key}") for key, entry in value.items()]
    if not operands:
        raise _invalid(at, "is empty; to match every record, leave the filter out")
    return operands[0] if len(operands) == 1 else And(operands)


def _read_key(key: object, at: str) -> str:
    if isinstance(key, str):
        return key
    raise _invalid(at, f"has the key {key!r}; keys must be strings")


def _read_operands(value: object, at: str, depth: int) -> list[Filter]:
    if not isinstance(value, (list, tuple)) or not value:
        raise _invalid(at, "must be an array of at least one filter")
    return [_read_filter(operand, f"{at}[{position}]", depth + 1) for position, operand in enumerate(value)]


def _read_field(path: Path, value: object, at: str, depth: int) -> Filter:
    if isinstance(value, (list, tuple)):
        raise _invalid(at, "is an array; use $in for one of several values, $contains for an element")
    if not isinstance(value, Mapping) or "$timestamp" in value:
        return Compare(path, "=", _read_value(value, at))

    def read(key: str, entry: object, entry_at: str) -> Filter:
        if key == "$not":
            return Not(_read_field(path, entry, entry_at, depth + 1))
        return _read_operator(path, key, entry, entry_at)

    return _read_all(value, at, depth, read)


def _read_operator(path: Path, key: str, value: object, at: str) -> Filter:
    operator = _COMPARISONS.get(key)
    if operator is not None:
        return Compare(path, operator, _read_value(value, at))
    if key == "$in":
        return In(path, _read_values(value, at))
    if key == "$nin":
        return NotIn(path, _read_values(value, at))
    if key == "$contains":
        return Contains(path, _read_value(value, at))
    if key == "$exists":
        if value is True:
            return Exists(path)
        if value is False:
            return Not(Exists(path))
        raise _invalid(at, "must be true or false")
    raise _invalid(at, "is no operator; a field inside a field is written with a dot, as in author.name")


def _read_values(value: object, at: str) -> list[FilterValue]:
    if not isinstance(value, (list, tuple)):
        raise _invalid(at, "must be an array of values")
    return [_read_value(each, f"{at}[{position}]") for position, each in enumerate(value)]


def _read_value(value: object, at: str) -> FilterValue:
    if value is None or isinstance(value, (str, int, float, bool, datetime)):
        return value
    text = value["$timestamp"] if isinstance(value, Mapping) and list(value) == ["$timestamp"] else None
    time = _read_time(text) if isinstance(text, str) else None
    if time is None:
        raise _invalid(
            at, 'must be a string, number, boolean, null, datetime or {"$timestamp": "2026-01-01T00:00:00Z"}'
        )
    return time


def _read_time(text: str) -> datetime | None:
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    # Python 3.10 reads six digits of a second, or none.
    digits = f".{(fraction[1:] + '000000')[:6]}" if fraction else ""
    try:
        return datetime.fromisoformat(f"{day}T{time}{digits}{'+00:00' if zone in 'zZ' else zone}")
    except ValueError:
        return None


#: A name in backticks: the backtick itself is doubled, or after a backslash; the other escapes are JSON's.
_ESCAPE = r"``|\\u([0-9a-fA-F]{4})|\\u\{((?:10|0?[0-9a-fA-F])?[0-9a-fA-F]{1,4})\}|\\([nrtbfNRTBF/\\'\"`])"
_ESCAPED = re.compile(_ESCAPE)
_PATH_NAME = re.compile(rf"`(?:[^`\\]|{_ESCAPE})*`|[^.`][^.]*")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def _read_path(key: str, at: str) -> tuple[str, ...]:
    """Splits a key at its dots; a name in backticks may hold anything."""
    names = [match.group() for match in _PATH_NAME.finditer(key)]
    if not key or ".".join(names) != key:
        raise _invalid(at, "is no path; names are joined by dots, odd ones in backticks")
    return tuple(_ESCAPED.sub(_unescape, name[1:-1]) if name.startswith("`") else name for name in names)


def _unescape(match: re.Match[str]) -> str:
    if match.group() == "``":
        return "`"
    digits = match.group(1) or match.group(2)
    if digits is not None:
        return chr(int(digits, 16))
    return _CONTROLS.get(match.group(3), match.group(3))


def _invalid(at: str, problem: str) -> VecStoreError:
    return invalid_argument(f"{at} {problem}", "INVALID_FILTER")
