"""Namespaces as messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from .._gen import namespace_pb2 as pb
from .._gen import namespace_service_pb2 as service_pb
from ..errors import invalid_argument
from ..models.namespace import (
    AggregateStats,
    ExportedUsage,
    NamespaceConfig,
    NamespaceInfo,
    NamespaceUsage,
    Quotas,
    Usage,
)
from .enums import ANALYZERS, METRICS, QUANTIZATIONS, STATUSES
from .number import to_double, to_uint32, to_uint64
from .text import to_utf8_safe
from .time import from_timestamp

_REASON = "INVALID_CONFIGURATION"

_QUOTAS: dict[str, Callable[[Any, str], Any]] = {
    "max_vectors": to_uint64,
    "max_qps": to_double,
    "max_storage_bytes": to_uint64,
    "max_connections": to_uint32,
    "max_concurrent_queries": to_uint32,
    "max_dimension": to_uint32,
    "max_results_per_query": to_uint32,
    "max_batch_size": to_uint32,
}


def to_create_namespace(
    name: str,
    config: NamespaceConfig,
    *,
    quotas: Quotas | None,
    description: str,
    labels: Mapping[str, str] | None,
    cache_answers: bool | None,
) -> service_pb.CreateNamespaceRequest:
    """Turns a namespace to create into its message.

    Raises:
        VecStoreError: invalid_argument for what the message cannot hold.
    """
    request = service_pb.CreateNamespaceRequest(name=to_name(name), cache_answers=cache_answers)
    request.description = to_utf8_safe(description, "description")
    _set_config(request.config, config)
    for quota in fields(quotas) if quotas is not None else ():
        value = getattr(quotas, quota.name)
        if value is not None:
            setattr(request.quotas, quota.name, _QUOTAS[quota.name](value, quota.name))
    for key, label in (labels or {}).items():
        request.labels[to_utf8_safe(key, "a key of labels")] = to_utf8_safe(label, f"labels.{key}")
    return request


def to_update_namespace(
    name: str,
    *,
    status: str | None,
    quotas: Mapping[str, float | None] | None,
    description: str | None,
    labels: Mapping[str, str | None] | None,
    cache_answers: bool | None,
) -> service_pb.UpdateNamespaceRequest:
    """Turns the changes of a namespace into their message.

    Raises:
        VecStoreError: invalid_argument for what the message cannot hold.
    """
    request = service_pb.UpdateNamespaceRequest(name=to_name(name), cache_answers=cache_answers)
    if status is not None:
        request.status = STATUSES.number(status, "status", _REASON)
    if description is not None:
        request.description = to_utf8_safe(description, "description")
    for quota, value in (quotas or {}).items():
        if quota not in _QUOTAS:
            raise invalid_argument(f"quotas has the key {quota!r}; use one of {', '.join(_QUOTAS)}", _REASON)
        if value is None:
            request.clear_quotas.append(quota)
        else:
            setattr(request.quotas, quota, _QUOTAS[quota](value, quota))
    for key, label in (labels or {}).items():
        if label is None:
            request.remove_labels.append(to_utf8_safe(key, "a key of labels"))
        else:
            request.labels[to_utf8_safe(key, "a key of labels")] = to_utf8_safe(label, f"labels.{key}")
    return request


def to_name(name: object) -> str:
    """The name of a namespace or snapshot; the server knows what it is made of.

    Raises:
        VecStoreError: INVALID_NAME.
    """
    return to_utf8_safe(name, "name", "INVALID_NAME")


def from_namespace(message: pb.Namespace) -> NamespaceInfo:
    """A namespace as the server sends it."""
    return NamespaceInfo(
        name=message.name,
        status=STATUSES.name_or_unknown(message.status),
        config=_from_config(message.config),
        quotas=_from_quotas(message.quotas),
        description=message.description,
        labels=dict(message.labels),
        cache_answers=message.cache_answers,
        created_at=from_timestamp(message.created_at),
        updated_at=from_timestamp(message.updated_at),
    )


def from_namespace_usage(message: service_pb.GetNamespaceStatsResponse) -> NamespaceUsage:
    """The usage of a namespace."""
    status = STATUSES.name_or_unknown(message.status)
    return NamespaceUsage(message.name, status, _from_quotas(message.quotas), _from_usage(message.usage))


def from_aggregate_stats(response: service_pb.GetAggregateStatsResponse) -> AggregateStats:
    """The usage of all namespaces together."""
    return AggregateStats(
        response.namespace_count,
        _from_usage(response.usage),
        from_timestamp(response.started_at),
        response.server_version,
    )


def from_exported_usage(message: pb.NamespaceUsage) -> ExportedUsage:
    """The usage of a namespace with the times of its totals."""
    return ExportedUsage(
        message.name,
        STATUSES.name_or_unknown(message.status),
        _from_quotas(message.quotas),
        _from_usage(message.usage),
        from_timestamp(message.counted_since),
        from_timestamp(message.counted_until),
    )


def _set_config(target: pb.NamespaceConfig, config: NamespaceConfig) -> None:
    for name in ("dimension", "m", "ef_construction", "ef_search"):
        value = getattr(config, name)
        if value is not None:
            setattr(target, name, to_uint32(value, name))
    for name, names in (("metric", METRICS), ("quantization", QUANTIZATIONS), ("text_analyzer", ANALYZERS)):
        value = getattr(config, name)
        if value is not None:
            setattr(target, name, names.number(value, name, _REASON))


def _from_config(config: pb.NamespaceConfig) -> NamespaceConfig:
    return NamespaceConfig(
        dimension=config.dimension if config.HasField("dimension") else None,
        metric=METRICS.name(config.metric),
        m=config.m if config.HasField("m") else None,
        ef_construction=config.ef_construction if config.HasField("ef_construction") else None,
        ef_search=config.ef_search if config.HasField("ef_search") else None,
        quantization=QUANTIZATIONS.name(config.quantization),
        text_analyzer=ANALYZERS.name(config.text_analyzer),
    )


def _from_quotas(quotas: pb.Quotas) -> Quotas:
    return Quotas(**{name: getattr(quotas, name) for name in _QUOTAS if quotas.HasField(name)})


def _from_usage(usage: pb.Usage) -> Usage:
    return Usage(**{each.name: getattr(usage, each.name) for each in fields(Usage)})
