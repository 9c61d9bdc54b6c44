"""The RPCs of the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message

from . import _pool
from ._gen import api_key_service_pb2 as keys
from ._gen import namespace_service_pb2 as namespaces
from ._gen import query_pb2 as query
from ._gen import read_pb2 as read
from ._gen import snapshot_pb2 as snapshot
from ._gen import stats_pb2 as stats
from ._gen import transfer_pb2 as transfer
from ._gen import vecstore_service_pb2 as _service  # noqa: F401  (adds the service to the pool)
from ._gen import write_pb2 as write

I = TypeVar("I", bound=Message)
O = TypeVar("O", bound=Message)


@dataclass(frozen=True, slots=True, eq=False)
class Method(Generic[I, O]):
    """One RPC.

    Attributes:
        name: For spans, such as ``vecstore.v1.VecStoreService/Query``.
        request: Class of what is sent.
        response: Class of what comes back.
        is_read: Whether the schema says that it changes nothing, so that it may be repeated.
    """

    name: str
    request: type[I]
    response: type[O]
    is_read: bool


def _method(service: str, name: str, request: type[I], response: type[O]) -> Method[I, O]:
    descriptor: Any = _pool.POOL.FindServiceByName(f"vecstore.v1.{service}").methods_by_name[name]
    level = descriptor.GetOptions().idempotency_level
    return Method(f"vecstore.v1.{service}/{name}", request, response, level == MethodOptions.NO_SIDE_EFFECTS)


_STORE = "VecStoreService"
UPSERT = _method(_STORE, "Upsert", write.UpsertRequest, write.UpsertResponse)
UPDATE = _method(_STORE, "Update", write.UpdateRequest, write.UpdateResponse)
GET = _method(_STORE, "Get", read.GetRequest, read.GetResponse)
LIST = _method(_STORE, "List", read.ListRequest, read.ListResponse)
COUNT = _method(_STORE, "Count", read.CountRequest, read.CountResponse)
QUERY = _method(_STORE, "Query", query.QueryRequest, query.QueryResponse)
QUERY_STREAM = _method(_STORE, "QueryStream", query.QueryStreamRequest, query.QueryStreamResponse)
BATCH_QUERY = _method(_STORE, "BatchQuery", query.BatchQueryRequest, query.BatchQueryResponse)
DELETE = _method(_STORE, "Delete", write.DeleteRequest, write.DeleteResponse)
SOFT_DELETE = _method(_STORE, "SoftDelete", write.SoftDeleteRequest, write.SoftDeleteResponse)
RESTORE = _method(_STORE, "Restore", write.RestoreRequest, write.RestoreResponse)
COMPACT = _method(_STORE, "Compact", stats.CompactRequest, stats.CompactResponse)
GET_STATS = _method(_STORE, "GetStats", stats.GetStatsRequest, stats.GetStatsResponse)
MEASURE_RECALL = _method(_STORE, "MeasureRecall", stats.MeasureRecallRequest, stats.MeasureRecallResponse)
CREATE_SNAPSHOT = _method(_STORE, "CreateSnapshot", snapshot.CreateSnapshotRequest, snapshot.CreateSnapshotResponse)
LIST_SNAPSHOTS = _method(_STORE, "ListSnapshots", snapshot.ListSnapshotsRequest, snapshot.ListSnapshotsResponse)
RESTORE_SNAPSHOT = _method(_STORE, "RestoreSnapshot", snapshot.RestoreSnapshotRequest, snapshot.RestoreSnapshotResponse)
DELETE_SNAPSHOT = _method(_STORE, "DeleteSnapshot", snapshot.DeleteSnapshotRequest, snapshot.DeleteSnapshotResponse)
DOWNLOAD_SNAPSHOT = _method(
    _STORE, "DownloadSnapshot", snapshot.DownloadSnapshotRequest, snapshot.DownloadSnapshotResponse
)
IMPORT = _method(_STORE, "Import", transfer.ImportRequest, transfer.ImportResponse)
EXPORT = _method(_STORE, "Export", transfer.ExportRequest, transfer.ExportResponse)

_NAMESPACES = "NamespaceService"
CREATE_NAMESPACE = _method(
    _NAMESPACES, "CreateNamespace", namespaces.CreateNamespaceRequest, namespaces.CreateNamespaceResponse
)
GET_NAMESPACE = _method(_NAMESPACES, "GetNamespace", namespaces.GetNamespaceRequest, namespaces.GetNamespaceResponse)
LIST_NAMESPACES = _method(
    _NAMESPACES, "ListNamespaces", namespaces.ListNamespacesRequest, namespaces.ListNamespacesResponse
)
UPDATE_NAMESPACE = _method(
    _NAMESPACES, "UpdateNamespace", namespaces.UpdateNamespaceRequest, namespaces.UpdateNamespaceResponse
)
DELETE_NAMESPACE = _method(
    _NAMESPACES, "DeleteNamespace", namespaces.DeleteNamespaceRequest, namespaces.DeleteNamespaceResponse
)
GET_NAMESPACE_STATS = _method(
    _NAMESPACES, "GetNamespaceStats", namespaces.GetNamespaceStatsRequest, namespaces.GetNamespaceStatsResponse
)
GET_AGGREGATE_STATS = _method(
    _NAMESPACES, "GetAggregateStats", namespaces.GetAggregateStatsRequest, namespaces.GetAggregateStatsResponse
)
EXPORT_USAGE = _method(_NAMESPACES, "ExportUsage", namespaces.ExportUsageRequest, namespaces.ExportUsageResponse)

_KEYS = "ApiKeyService"
CREATE_API_KEY = _method(_KEYS, "CreateApiKey", keys.CreateApiKeyRequest, keys.CreateApiKeyResponse)
LIST_API_KEYS = _method(_KEYS, "ListApiKeys", keys.ListApiKeysRequest, keys.ListApiKeysResponse)
REVOKE_API_KEY = _method(_KEYS, "RevokeApiKey", keys.RevokeApiKeyRequest, keys.RevokeApiKeyResponse)
ROTATE_API_KEY = _method(_KEYS, "RotateApiKey", keys.RotateApiKeyRequest, keys.RotateApiKeyResponse)
