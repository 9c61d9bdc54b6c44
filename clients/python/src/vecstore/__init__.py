"""Client of vecstore, a vector database.

Example::

    from vecstore import VecStoreClient

    client = VecStoreClient("localhost:8080")
    results = client.query([0.1, 0.2, 0.3], limit=10)
"""

from ._async.client import AsyncNamespaceHandle, AsyncVecStoreClient
from ._async.streams import AsyncExportStream, AsyncQueryStream, AsyncSnapshotStream
from ._sync.client import NamespaceHandle, VecStoreClient
from ._sync.streams import ExportStream, QueryStream, SnapshotStream
from ._version import __version__
from .columns import Columns
from .errors import ErrorCode, VecStoreError
from .filters import (
    And,
    Between,
    Compare,
    Contains,
    Exists,
    Filter,
    FilterInput,
    In,
    IsNull,
    Not,
    NotIn,
    Or,
    StartsWith,
    filter_from_json,
)
from .frames import from_arrow, from_pandas
from .models.api_key import ApiKeyInfo, Role, ShownApiKey
from .models.namespace import (
    AggregateStats,
    ExportedUsage,
    Metric,
    NamespaceConfig,
    NamespaceInfo,
    NamespaceStatus,
    NamespaceUsage,
    Quantization,
    Quotas,
    TextAnalyzer,
    Usage,
)
from .models.query import (
    Diversity,
    Fusion,
    HitExplanation,
    QueryDict,
    QueryExplanation,
    QueryHit,
    QueryPlan,
    QueryResults,
    QueryStage,
    QueryStats,
    Selectivity,
)
from .models.read import GetResult, ListPage
from .models.record import Record, RecordDict, SparseVector, StoredRecord
from .models.snapshot import RestoreSnapshotResult, SnapshotChunk, SnapshotInfo
from .models.stats import CacheStats, Latency, RecallMeasurement, SegmentMemory, SegmentStats, StoreStats
from .models.transfer import ImportFailure, ImportProgress, Interruption
from .models.write import (
    AffectedResult,
    CompactResult,
    RecordUpdate,
    UpdateResult,
    UpsertAllProgress,
    UpsertResult,
    WriteMode,
)
from .options import RetryOptions, TlsOptions

__all__ = [
    "AffectedResult",
    "AggregateStats",
    "And",
    "ApiKeyInfo",
    "AsyncExportStream",
    "AsyncNamespaceHandle",
    "AsyncQueryStream",
    "AsyncSnapshotStream",
    "AsyncVecStoreClient",
    "Between",
    "CacheStats",
    "Columns",
    "CompactResult",
    "Compare",
    "Contains",
    "Diversity",
    "ErrorCode",
    "Exists",
    "ExportStream",
    "ExportedUsage",
    "Filter",
    "FilterInput",
    "Fusion",
    "GetResult",
    "HitExplanation",
    "ImportFailure",
    "ImportProgress",
    "In",
    "Interruption",
    "IsNull",
    "Latency",
    "ListPage",
    "Metric",
    "NamespaceConfig",
    "NamespaceHandle",
    "NamespaceInfo",
    "NamespaceStatus",
    "NamespaceUsage",
    "Not",
    "NotIn",
    "Or",
    "Quantization",
    "QueryDict",
    "QueryExplanation",
    "QueryHit",
    "QueryPlan",
    "QueryResults",
    "QueryStage",
    "QueryStats",
    "QueryStream",
    "Quotas",
    "RecallMeasurement",
    "Record",
    "RecordDict",
    "RecordUpdate",
    "RestoreSnapshotResult",
    "RetryOptions",
    "Role",
    "SegmentMemory",
    "SegmentStats",
    "Selectivity",
    "ShownApiKey",
    "SnapshotChunk",
    "SnapshotInfo",
    "SnapshotStream",
    "SparseVector",
    "StartsWith",
    "StoreStats",
    "StoredRecord",
    "TextAnalyzer",
    "TlsOptions",
    "UpdateResult",
    "UpsertAllProgress",
    "UpsertResult",
    "Usage",
    "VecStoreClient",
    "VecStoreError",
    "WriteMode",
    "__version__",
    "filter_from_json",
    "from_arrow",
    "from_pandas",
]
