"""Enums of the schema under the short names that callers use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._gen import api_key_service_pb2 as key_pb
from .._gen import namespace_pb2 as namespace_pb
from .._gen import query_pb2 as query_pb
from .._gen import record_pb2 as record_pb
from .._gen import stats_pb2 as stats_pb
from ..errors import invalid_argument


class Names:
    """Both directions of one enum."""

    def __init__(self, enum: Any, prefix: str) -> None:
        numbers: Mapping[str, int] = dict(enum.items())
        named = {name.removeprefix(prefix).lower(): number for name, number in numbers.items() if number != 0}
        self._numbers = named
        self._names = {number: name for name, number in named.items()}

    def number(self, name: object, field: str, reason: str = "INVALID_ARGUMENT") -> Any:
        """The number of a name.

        Raises:
            VecStoreError: with ``reason`` when there is no such name.
        """
        number = self._numbers.get(name) if isinstance(name, str) else None
        if number is None:
            raise invalid_argument(f"{field} is {name!r}; use one of {', '.join(self._numbers)}", reason)
        return number

    def name(self, number: int) -> Any:
        """The name of a number; None for 0 and for what a newer server says."""
        return self._names.get(number)

    def name_or_unknown(self, number: int) -> Any:
        """The same, with ``unknown`` in the place of None."""
        return self._names.get(number, "unknown")


WRITE_MODES = Names(record_pb.WriteMode, "WRITE_MODE_")
STRATEGIES = Names(query_pb.QueryStrategy, "QUERY_STRATEGY_")
FUSION_METHODS = Names(query_pb.FusionMethod, "FUSION_METHOD_")
METRICS = Names(namespace_pb.Metric, "METRIC_")
QUANTIZATIONS = Names(namespace_pb.Quantization, "QUANTIZATION_")
ANALYZERS = Names(namespace_pb.TextAnalyzer, "TEXT_ANALYZER_")
STATUSES = Names(namespace_pb.NamespaceStatus, "NAMESPACE_STATUS_")
INDEX_STATES = Names(stats_pb.IndexState, "INDEX_STATE_")
ROLES = Names(key_pb.Role, "ROLE_")
