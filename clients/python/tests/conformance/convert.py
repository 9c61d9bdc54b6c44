"""From the names and values of cases to those of the client, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

import vecstore
from vecstore import Diversity, Filter, Fusion, QueryHit, Quotas, VecStoreError, filter_from_json
from vecstore.models.query import HIT_FIELDS

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

#: Fields whose names do not end as those of other times do.
_TIMES = {"last_checkpoint_at": "last_checkpoint_ms"}


def to_arguments(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a method of the client."""
    converted: dict[str, Any] = {}
    for name, value in args.items():
        convert = _ARGUMENTS.get(name)
        key, made = (name, value) if convert is None else convert(value)
        converted[key] = made
    return converted


def to_options(choice: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a client."""
    options = dict(choice)
    if "timeout_ms" in options:
        options["timeout"] = options.pop("timeout_ms") / 1_000
    retries = options.get("retries")
    if retries is False:
        options["retries"] = None
    elif retries is not None:
        seconds = {key.replace("_ms", ""): value / 1_000 for key, value in retries.items() if "_ms" in key}
        options["retries"] = vecstore.RetryOptions(attempts=retries.get("attempts", 3), **seconds)
    return options


def to_json(value: Any) -> Any:
    """A result in the names of cases."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, (list, tuple)):
        return [to_json(each) for each in value]
    if isinstance(value, QueryHit):
        return dict(_field(name, getattr(value, name)) for name in HIT_FIELDS)
    if is_dataclass(value):
        return dict(_field(field.name, getattr(value, field.name)) for field in fields(value))
    return value


def error_to_json(error: VecStoreError) -> dict[str, Any]:
    return {
        "code": error.code,
        "reason": error.reason,
        "message": error.message,
        "details": dict(error.details),
        "retryable": error.retryable,
        "retry_after_ms": None if error.retry_after is None else error.retry_after * 1_000,
    }


def to_ms(time: datetime) -> float:
    return (time - _EPOCH) / timedelta(milliseconds=1)


def _field(name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, Mapping):
        # Metadata and labels: their keys are the caller's own.
        return name, dict(value)
    is_time = name.endswith("_at") or name.startswith("counted_")
    return _TIMES.get(name, f"{name}_ms" if is_time else name), to_json(value)


def _to_time(ms: Any) -> Any:
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except (OverflowError, TypeError):
        # What is no time of Python, the client refuses.
        return ms


def _to_filter(tree: Mapping[str, Any]) -> Filter:
    kind, path = tree["kind"], tree.get("path", ())
    if kind in ("and", "or"):
        operands = [_to_filter(each) for each in tree["operands"]]
        return vecstore.And(operands) if kind == "and" else vecstore.Or(operands)
    if kind == "not":
        return vecstore.Not(_to_filter(tree["operand"]))
    if kind == "compare":
        return vecstore.Compare(path, tree["operator"], _to_filter_value(tree["value"]))
    if kind in ("in", "not_in"):
        values = [_to_filter_value(each) for each in tree["values"]]
        return vecstore.In(path, values) if kind == "in" else vecstore.NotIn(path, values)
    if kind == "contains":
        return vecstore.Contains(path, _to_filter_value(tree["value"]))
    if kind == "starts_with":
        return vecstore.StartsWith(path, tree["prefix"])
    if kind in ("exists", "is_null"):
        return vecstore.Exists(path) if kind == "exists" else vecstore.IsNull(path)
    return vecstore.Between(path, _to_filter_value(tree["low"]), _to_filter_value(tree["high"]))


def _to_filter_value(value: Any) -> Any:
    return _to_time(value["timestamp_ms"]) if isinstance(value, dict) else value


def _to_diversity(value: Mapping[str, Any]) -> Diversity:
    return Diversity(lambda_=value.get("lambda"), candidates=value.get("candidates"))


_ARGUMENTS: dict[str, Any] = {
    "filter_tree": lambda value: ("filter", _to_filter(value)),
    "filter_json": lambda value: ("filter", filter_from_json(value)),
    "expires_at_ms": lambda value: ("expires_at", None if value is None else _to_time(value)),
    "patience_ms": lambda value: ("patience", value / 1_000),
    "fusion": lambda value: ("fusion", Fusion(**value)),
    "diversity": lambda value: ("diversity", _to_diversity(value)),
    "records": lambda value: ("records", [to_arguments(each) for each in value]),
    "updates": lambda value: ("updates", [to_arguments(each) for each in value]),
    "queries": lambda value: ("queries", [to_arguments(each) for each in value]),
}


def to_quotas(value: Mapping[str, Any] | None) -> Quotas | None:
    return None if value is None else Quotas(**value)
