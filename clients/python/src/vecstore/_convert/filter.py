"""Filters as messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from .._gen import filter_pb2 as pb
from ..errors import VecStoreError, invalid_argument
from ..filters import (
    And,
    Between,
    Compare,
    Contains,
    Exists,
    FilterInput,
    In,
    IsNull,
    Not,
    NotIn,
    Or,
    StartsWith,
    filter_from_json,
)
from .text import to_utf8_safe
from .time import to_timestamp

_OPERATORS: dict[str, pb.ComparisonOperator] = {
    "=": pb.COMPARISON_OPERATOR_EQUAL,
    "!=": pb.COMPARISON_OPERATOR_NOT_EQUAL,
    ">": pb.COMPARISON_OPERATOR_GREATER,
    ">=": pb.COMPARISON_OPERATOR_GREATER_OR_EQUAL,
    "<": pb.COMPARISON_OPERATOR_LESS,
    "<=": pb.COMPARISON_OPERATOR_LESS_OR_EQUAL,
}

#: Stops a filter that holds itself; the server's limit of 32 levels is below, and so is that of messages.
_DEPTH_MAX = 40


class Filtered(Protocol):
    """A request that a filter narrows."""

    filter: str

    @property
    def filter_ast(self) -> pb.Filter: ...


def set_filter(request: Filtered, value: FilterInput | None) -> None:
    """Puts a filter in the field of the request that it belongs to.

    Raises:
        VecStoreError: INVALID_FILTER.
    """
    if value is None:
        return
    if isinstance(value, str):
        # On the wire an empty string is no filter. A caller that built one by mistake must not get, or delete, everything.
        if not value.strip():
            raise _invalid("filter is empty; leave it out to mean every record")
        request.filter = to_utf8_safe(value, "filter", "INVALID_FILTER")
        return
    _fill(request.filter_ast, filter_from_json(value) if isinstance(value, Mapping) else value, 1)


def _fill(target: pb.Filter, value: object, depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise _invalid("filter nests too deep; at most 32 levels are allowed")
    if isinstance(value, And):
        _fill_operands(target.and_filter, value.operands, depth)
    elif isinstance(value, Or):
        _fill_operands(target.or_filter, value.operands, depth)
    elif isinstance(value, Not):
        target.not_filter.SetInParent()
        _fill(target.not_filter.operand, value.operand, depth + 1)
    else:
        _fill_leaf(target, value)


def _fill_operands(target: pb.AndFilter | pb.OrFilter, operands: Sequence[object], depth: int) -> None:
    target.SetInParent()
    for operand in operands:
        _fill(target.operands.add(), operand, depth + 1)


def _fill_leaf(target: pb.Filter, value: object) -> None:
    if isinstance(value, Compare):
        _path(target.compare_filter, value.path)
        target.compare_filter.operator = _operator(value.operator)
        _value(target.compare_filter.value, value.value)
    elif isinstance(value, (In, NotIn)):
        listed = target.in_filter if isinstance(value, In) else target.not_in_filter
        _path(listed, value.path)
        for each in value.values:
            _value(listed.values.add(), each)
    elif isinstance(value, Contains):
        _path(target.contains_filter, value.path)
        _value(target.contains_filter.value, value.value)
    elif isinstance(value, StartsWith):
        _path(target.starts_with_filter, value.path)
        target.starts_with_filter.prefix = to_utf8_safe(value.prefix, "filter prefix", "INVALID_FILTER")
    elif isinstance(value, (Exists, IsNull)):
        _path(target.exists_filter if isinstance(value, Exists) else target.is_null_filter, value.path)
    elif isinstance(value, Between):
        _path(target.between_filter, value.path)
        _value(target.between_filter.low, value.low)
        _value(target.between_filter.high, value.high)
    else:
        raise _invalid(
            f"filter is of type {type(value).__name__}; use a string, a dict or the classes of vecstore.filters"
        )


def _path(target: Any, path: object) -> None:
    if isinstance(path, str) or not isinstance(path, Sequence):
        raise _invalid(f'a filter path is a sequence of names, such as ("author", "name"); it is {path!r}')
    target.SetInParent()
    target.path.extend(to_utf8_safe(name, "filter path", "INVALID_FILTER") for name in path)


def _operator(operator: str) -> pb.ComparisonOperator:
    wire = _OPERATORS.get(operator)
    if wire is None:
        raise _invalid(f"filter has the operator {operator!r}; use = != > >= < <=")
    return wire


def _value(target: pb.FilterValue, value: object) -> None:
    if isinstance(value, str):
        target.string_value = to_utf8_safe(value, "filter value", "INVALID_FILTER")
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = _number(value)
    elif value is None:
        target.null_value = 0  # type: ignore[assignment]
    elif isinstance(value, datetime):
        to_timestamp(value, target.timestamp_value, "filter value", "INVALID_FILTER")
    else:
        kind = type(value).__name__
        raise _invalid(f"filter compares with a value of type {kind}; use a string, number, bool, None or datetime")


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise _invalid(f"filter compares with {value}, which no double is") from None


def _invalid(message: str) -> VecStoreError:
    return invalid_argument(message, "INVALID_FILTER")
