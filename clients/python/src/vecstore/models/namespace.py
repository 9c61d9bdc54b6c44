"""Namespaces, their quotas and what they use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

#: How two vectors are compared.
Metric = Literal["cosine", "dot", "euclidean"]

#: Codes that are searched before the rescore in f32.
Quantization = Literal["int8", "none", "binary"]

#: How texts become terms: words, folded; ``english`` leaves out stop words and cuts the others to their stems.
TextAnalyzer = Literal["standard", "english"]

#: Whether a namespace takes reads and writes.
NamespaceStatus = Literal["active", "read_only", "suspended", "pending_deletion"]

#: What ``update_namespace`` may set.
SettableStatus = Literal["active", "read_only", "suspended"]


@dataclass(frozen=True, slots=True)
class NamespaceConfig:
    """Fixed when a namespace is created, save ``dimension``, which the first vector may fix.

    Attributes:
        dimension: 1..65,535; None until the first vector fixes it.
        metric: How vectors are compared.
        m: HNSW links of a node on each layer above 0 (twice that on layer 0), 4..64.
        ef_construction: HNSW candidates while building, m..2,048.
        ef_search: Candidates of a query that names none, 1..2,048. None: max(64, 2 x limit).
        quantization: Codes that are searched before the rescore.
        text_analyzer: How texts become terms.
    """

    dimension: int | None = None
    metric: Metric | None = None
    m: int | None = None
    ef_construction: int | None = None
    ef_search: int | None = None
    quantization: Quantization | None = None
    text_analyzer: TextAnalyzer | None = None


@dataclass(frozen=True, slots=True)
class Quotas:
    """What a namespace may use. None: unlimited.

    Attributes:
        max_vectors: Records, hidden ones too.
        max_qps: Requests a second; fractions are allowed.
        max_storage_bytes: Bytes of log and segment files, snapshots apart.
        max_connections: Connections open at once.
        max_concurrent_queries: Queries running at once.
        max_dimension: Dimension of a vector.
        max_results_per_query: ``limit`` of a query.
        max_batch_size: Records of a batch.
    """

    max_vectors: int | None = None
    max_qps: float | None = None
    max_storage_bytes: int | None = None
    max_connections: int | None = None
    max_concurrent_queries: int | None = None
    max_dimension: int | None = None
    max_results_per_query: int | None = None
    max_batch_size: int | None = None


@dataclass(frozen=True, slots=True)
class NamespaceInfo:
    """A namespace as the server knows it.

    Attributes:
        name: Its name.
        status: Whether it takes reads and writes.
        config: How it stores and searches, with every value in effect.
        quotas: What it may use.
        description: For people.
        labels: For programs.
        cache_answers: Whether the server may keep answers of its queries and give them again while nothing was written.
        created_at: In UTC.
        updated_at: In UTC.
    """

    name: str
    status: NamespaceStatus | Literal["unknown"]
    config: NamespaceConfig
    quotas: Quotas
    description: str
    labels: Mapping[str, str]
    cache_answers: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What a namespace uses: exact, and kept over a restart. Totals count from its creation and never go down.

    Attributes:
        vector_count: Records, hidden ones too.
        current_qps: Requests of the last second.
        storage_bytes: Bytes of its segment files and log entries, snapshots apart.
        snapshot_bytes: Bytes of snapshots.
        active_connections: Connections open now.
        concurrent_queries: Queries running now.
        queries_total: Queries answered.
        writes_total: Writes applied.
        refusals_total: Requests refused because of a quota.
        requests_total: Requests of data, also those that failed or were refused by a quota.
        bytes_in_total: Bytes of the bodies of those requests, as they came over the wire.
        bytes_out_total: Bytes of the bodies of their answers.
        vector_seconds_total: The exact integral of ``vector_count`` over time: whole vector-seconds.
        vector_milliseconds_rest: What is left beyond them, in thousandths of a vector-second, 0..999.
    """

    vector_count: int = 0
    current_qps: float = 0.0
    storage_bytes: int = 0
    snapshot_bytes: int = 0
    active_connections: int = 0
    concurrent_queries: int = 0
    queries_total: int = 0
    writes_total: int = 0
    refusals_total: int = 0
    requests_total: int = 0
    bytes_in_total: int = 0
    bytes_out_total: int = 0
    vector_seconds_total: int = 0
    vector_milliseconds_rest: int = 0


@dataclass(frozen=True, slots=True)
class NamespaceUsage:
    """The usage of one namespace beside its quotas."""

    name: str
    status: NamespaceStatus | Literal["unknown"]
    quotas: Quotas = field(default_factory=Quotas)
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class ExportedUsage:
    """The usage of one namespace for accounting: the difference of two exports is the usage between them.

    Attributes:
        name: Its name.
        status: Whether it takes reads and writes.
        quotas: What it may use.
        usage: What it uses.
        counted_since: When the totals began, in UTC: the creation of the namespace.
        counted_until: The moment that the totals are of, in UTC.
    """

    name: str
    status: NamespaceStatus | Literal["unknown"]
    quotas: Quotas
    usage: Usage
    counted_since: datetime
    counted_until: datetime


@dataclass(frozen=True, slots=True)
class AggregateStats:
    """The usage of all namespaces together.

    Attributes:
        namespace_count: Namespaces, whatever their status.
        usage: Sums over the namespaces; a connection that serves several counts once.
        started_at: When the server started, in UTC.
        server_version: For example ``0.1.0``.
    """

    namespace_count: int
    usage: Usage
    started_at: datetime
    server_version: str
