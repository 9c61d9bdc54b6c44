# Made from _async/admin.py by scripts/unasync.py. Do not edit.
"""What an admin does: namespaces and keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from .. import _methods as methods
from .._convert.api_key import from_api_key, from_shown_key, to_create_api_key
from .._convert.namespace import (
    from_aggregate_stats,
    from_exported_usage,
    from_namespace,
    from_namespace_usage,
    to_create_namespace,
    to_name,
    to_update_namespace,
)
from .._convert.text import to_utf8_safe
from .._gen import api_key_service_pb2 as key_pb
from .._gen import namespace_service_pb2 as pb
from ..models.api_key import ApiKeyInfo, Role, ShownApiKey
from ..models.namespace import (
    AggregateStats,
    ExportedUsage,
    Metric,
    NamespaceConfig,
    NamespaceInfo,
    NamespaceUsage,
    Quantization,
    Quotas,
    SettableStatus,
    TextAnalyzer,
)
from .base import PAGE_SIZE_MAX, Base


class Admin(Base):
    """Namespaces and keys."""

    def create_namespace(
        self,
        name: str,
        *,
        dimension: int | None = None,
        metric: Metric | None = None,
        m: int | None = None,
        ef_construction: int | None = None,
        ef_search: int | None = None,
        quantization: Quantization | None = None,
        text_analyzer: TextAnalyzer | None = None,
        quotas: Quotas | None = None,
        description: str = "",
        labels: Mapping[str, str] | None = None,
        cache_answers: bool | None = None,
        timeout: float | None = None,
    ) -> NamespaceInfo:
        """Creates an empty namespace.

        Args:
            name: [A-Za-z0-9][A-Za-z0-9_.-]{0,127}.
            dimension: 1..65,535. Default: the first vector fixes it.
            metric: Default cosine.
            m: HNSW links of a node on each layer above 0 (twice that on layer 0), 4..64. Default 16.
            ef_construction: HNSW candidates while building, m..2,048. Default 200.
            ef_search: Candidates of a query that names none, 1..2,048. Default max(64, 2 x limit).
            quantization: Codes that are searched before the rescore. Default int8.
            text_analyzer: How texts become terms. Default standard.
            quotas: What it may use. Default: no bounds.
            description: For people, at most 1 KiB of UTF-8.
            labels: For programs, at most 64.
            cache_answers: Whether the server may keep answers of its queries. Default True.
            timeout: Seconds for the whole call. Default: the client's.

        Raises:
            VecStoreError: such as NAMESPACE_EXISTS, INVALID_NAME, INVALID_CONFIGURATION.
        """
        config = NamespaceConfig(dimension, metric, m, ef_construction, ef_search, quantization, text_analyzer)
        request = to_create_namespace(
            name, config, quotas=quotas, description=description, labels=labels, cache_answers=cache_answers
        )
        return from_namespace((self._session.call(methods.CREATE_NAMESPACE, request, timeout)).namespace)

    def get_namespace(self, name: str, *, timeout: float | None = None) -> NamespaceInfo:
        """Reads the configuration and state of a namespace.

        Raises:
            VecStoreError: such as NAMESPACE_NOT_FOUND.
        """
        request = pb.GetNamespaceRequest(name=to_name(name))
        return from_namespace((self._session.call(methods.GET_NAMESPACE, request, timeout)).namespace)

    def list_namespaces(self, *, prefix: str = "", timeout: float | None = None) -> list[NamespaceInfo]:
        """Lists namespaces by name.

        Args:
            prefix: Only names that begin with this.
            timeout: Seconds for each page. Default: the client's.
        """
        found: list[NamespaceInfo] = []
        token = ""
        while True:
            request = pb.ListNamespacesRequest(prefix=to_name(prefix), page_size=PAGE_SIZE_MAX, page_token=token)
            page = self._session.call(methods.LIST_NAMESPACES, request, timeout)
            found.extend(from_namespace(namespace) for namespace in page.namespaces)
            token = page.next_page_token
            if not token:
                return found

    def update_namespace(
        self,
        name: str,
        *,
        status: SettableStatus | None = None,
        quotas: Mapping[str, float | None] | None = None,
        description: str | None = None,
        labels: Mapping[str, str | None] | None = None,
        cache_answers: bool | None = None,
        timeout: float | None = None,
    ) -> NamespaceInfo:
        """Changes a namespace; what is not named stays.

        Args:
            name: Name of the namespace.
            status: Whether it takes reads and writes.
            quotas: By the names of ``Quotas``; None makes one unlimited.
            description: Replaces the description; an empty string removes it.
            labels: Added or replaced; None removes a label.
            cache_answers: Whether the server may keep answers of its queries; False drops those it has.
            timeout: Seconds for the whole call. Default: the client's.

        Raises:
            VecStoreError: such as NAMESPACE_NOT_FOUND, INVALID_CONFIGURATION.
        """
        request = to_update_namespace(
            name, status=status, quotas=quotas, description=description, labels=labels, cache_answers=cache_answers
        )
        return from_namespace((self._session.call(methods.UPDATE_NAMESPACE, request, timeout)).namespace)

    def delete_namespace(self, name: str, *, timeout: float | None = None) -> None:
        """Deletes a namespace, its records and its snapshots.

        Raises:
            VecStoreError: such as NAMESPACE_NOT_FOUND.
        """
        self._session.call(methods.DELETE_NAMESPACE, pb.DeleteNamespaceRequest(name=to_name(name)), timeout)

    def get_namespace_usage(self, name: str, *, timeout: float | None = None) -> NamespaceUsage:
        """Reads what a namespace uses, beside its quotas.

        Raises:
            VecStoreError: such as NAMESPACE_NOT_FOUND.
        """
        request = pb.GetNamespaceStatsRequest(name=to_name(name))
        return from_namespace_usage(self._session.call(methods.GET_NAMESPACE_STATS, request, timeout))

    def get_aggregate_stats(self, *, timeout: float | None = None) -> AggregateStats:
        """Reads what all namespaces use together, and since when which version of the server runs."""
        request = pb.GetAggregateStatsRequest()
        return from_aggregate_stats(self._session.call(methods.GET_AGGREGATE_STATS, request, timeout))

    def export_usage(self, *, timeout: float | None = None) -> Iterator[ExportedUsage]:
        """Reads what each namespace uses, by name, a page at a time.

        They are totals since its creation, so the difference of two exports is the usage between them.

        Args:
            timeout: Seconds for each page. Default: the client's.
        """
        token = ""
        while True:
            request = pb.ExportUsageRequest(page_size=PAGE_SIZE_MAX, page_token=token)
            page = self._session.call(methods.EXPORT_USAGE, request, timeout)
            for usage in page.usages:
                yield from_exported_usage(usage)
            token = page.next_page_token
            if not token:
                return

    def create_api_key(
        self,
        role: Role,
        *,
        name: str = "",
        namespaces: Sequence[str] = (),
        expires_at: datetime | None = None,
        timeout: float | None = None,
    ) -> ShownApiKey:
        """Makes a key and shows its secret, once.

        Args:
            role: What it may do.
            name: For people, at most 128 bytes.
            namespaces: 1..100 for reader, writer and owner; they need not exist yet.
            expires_at: With a time zone, in the future. Default: never.
            timeout: Seconds for the whole call. Default: the client's.

        Raises:
            VecStoreError: NO_ADMIN_KEY where the server has no admin's key.
        """
        request = to_create_api_key(role, name=name, namespaces=namespaces, expires_at=expires_at)
        response = self._session.call(methods.CREATE_API_KEY, request, timeout)
        return from_shown_key(response)

    def list_api_keys(self, *, include_revoked: bool = False, timeout: float | None = None) -> list[ApiKeyInfo]:
        """Lists keys by id, without their secrets.

        Args:
            include_revoked: Whether withdrawn keys are listed too.
            timeout: Seconds for each page. Default: the client's.
        """
        found: list[ApiKeyInfo] = []
        token = ""
        while True:
            request = key_pb.ListApiKeysRequest(
                include_revoked=include_revoked, page_size=PAGE_SIZE_MAX, page_token=token
            )
            page = self._session.call(methods.LIST_API_KEYS, request, timeout)
            found.extend(from_api_key(key) for key in page.api_keys)
            token = page.next_page_token
            if not token:
                return found

    def revoke_api_key(self, id: str, *, timeout: float | None = None) -> None:
        """Withdraws a key at once and for good; what runs under it ends.

        Raises:
            VecStoreError: API_KEY_NOT_FOUND for an unknown id.
        """
        request = key_pb.RevokeApiKeyRequest(id=to_utf8_safe(id, "id"))
        self._session.call(methods.REVOKE_API_KEY, request, timeout)

    def rotate_api_key(self, id: str, *, timeout: float | None = None) -> ShownApiKey:
        """Gives a key a new secret and shows it, once; the old one stops at once.

        Raises:
            VecStoreError: API_KEY_NOT_FOUND for an unknown id.
        """
        request = key_pb.RotateApiKeyRequest(id=to_utf8_safe(id, "id"))
        response = self._session.call(methods.ROTATE_API_KEY, request, timeout)
        return from_shown_key(response)
