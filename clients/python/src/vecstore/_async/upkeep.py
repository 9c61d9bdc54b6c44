"""Keeping a namespace: numbers, compaction, snapshots."""

from __future__ import annotations

from .. import _methods as methods
from .._convert.filter import set_filter
from .._convert.namespace import to_name
from .._convert.number import to_uint32, to_uint64
from .._convert.snapshot import from_restore_snapshot, from_snapshot
from .._convert.stats import from_recall, from_store_stats
from .._gen import snapshot_pb2 as snapshot_pb
from .._gen import stats_pb2 as stats_pb
from ..filters import FilterInput
from ..models.snapshot import RestoreSnapshotResult, SnapshotInfo
from ..models.stats import RecallMeasurement, StoreStats
from ..models.write import CompactResult
from .base import PAGE_SIZE_MAX, Base
from .streams import AsyncSnapshotStream


class Upkeep(Base):
    """Numbers, compaction and snapshots."""

    async def stats(self, *, timeout: float | None = None) -> StoreStats:
        """Counts, bytes, segments and the state of the index."""
        request = stats_pb.GetStatsRequest(namespace=self._namespace)
        return from_store_stats(await self._session.call(methods.GET_STATS, request, timeout))

    async def measure_recall(
        self,
        *,
        samples: int | None = None,
        limit: int | None = None,
        ef_search: int | None = None,
        filter: FilterInput | None = None,
        timeout: float | None = None,
    ) -> RecallMeasurement:
        """Measures the index: the server runs stored records as queries, with the index and exactly.

        Args:
            samples: Records taken as queries, 1..1,000; fewer when the namespace holds fewer. Default 100.
            limit: k: results of each query, 1..1,000. Default 10.
            ef_search: Candidates of the graph search, 1..2,048. Default the namespace's, else max(64, 2 x limit).
            filter: Filter of the queries.
            timeout: Seconds for the whole call. Default: none.
        """
        request = stats_pb.MeasureRecallRequest(
            namespace=self._namespace,
            sample_size=None if samples is None else to_uint32(samples, "samples"),
            limit=None if limit is None else to_uint32(limit, "limit"),
            ef_search=None if ef_search is None else to_uint32(ef_search, "ef_search"),
        )
        set_filter(request, filter)
        return from_recall(await self._session.call(methods.MEASURE_RECALL, request, timeout, long=True))

    async def compact(self, *, dry_run: bool = False, timeout: float | None = None) -> CompactResult:
        """Reclaims the slots of deleted and replaced records now.

        Args:
            dry_run: Only say what would be done.
            timeout: Seconds for the whole call. Default: none.
        """
        request = stats_pb.CompactRequest(namespace=self._namespace, dry_run=dry_run)
        response = await self._session.call(methods.COMPACT, request, timeout, long=True)
        return CompactResult(response.removed, response.freed_bytes, response.segments_before, response.segments_after)

    async def create_snapshot(self, name: str, *, timeout: float | None = None) -> SnapshotInfo:
        """Makes a named copy of the namespace.

        Args:
            name: Unique in the namespace.
            timeout: Seconds for the whole call. Default: none.

        Raises:
            VecStoreError: such as SNAPSHOT_EXISTS, INVALID_NAME.
        """
        request = snapshot_pb.CreateSnapshotRequest(namespace=self._namespace, name=to_name(name))
        response = await self._session.call(methods.CREATE_SNAPSHOT, request, timeout, long=True)
        return from_snapshot(response.snapshot)

    async def list_snapshots(self, *, timeout: float | None = None) -> list[SnapshotInfo]:
        """Lists the snapshots of the namespace by name."""
        found: list[SnapshotInfo] = []
        token = ""
        while True:
            request = snapshot_pb.ListSnapshotsRequest(
                namespace=self._namespace, page_size=PAGE_SIZE_MAX, page_token=token
            )
            page = await self._session.call(methods.LIST_SNAPSHOTS, request, timeout)
            found.extend(from_snapshot(snapshot) for snapshot in page.snapshots)
            token = page.next_page_token
            if not token:
                return found

    async def restore_snapshot(
        self, name: str, *, target_namespace: str | None = None, timeout: float | None = None
    ) -> RestoreSnapshotResult:
        """Brings a snapshot back, in place or as a new namespace.

        Args:
            name: Name of the snapshot.
            target_namespace: Restore as a new namespace of this name. Default: in place, which replaces every record.
            timeout: Seconds for the whole call. Default: none.

        Raises:
            VecStoreError: such as SNAPSHOT_NOT_FOUND, NAMESPACE_EXISTS.
        """
        request = snapshot_pb.RestoreSnapshotRequest(namespace=self._namespace, name=to_name(name))
        if target_namespace is not None:
            request.target_namespace = to_name(target_namespace)
        response = await self._session.call(methods.RESTORE_SNAPSHOT, request, timeout, long=True)
        return from_restore_snapshot(response)

    def download_snapshot(self, name: str, *, offset: int = 0, timeout: float | None = None) -> AsyncSnapshotStream:
        """Fetches a snapshot as a tar file, in chunks as the loop goes on.

        Args:
            name: Name of the snapshot.
            offset: First byte of the archive to fetch, to go on after a download that broke off. Default 0.
            timeout: Seconds for the whole download. Default: none.
        """
        request = snapshot_pb.DownloadSnapshotRequest(
            namespace=self._namespace, name=to_name(name), offset=to_uint64(offset, "offset")
        )
        return AsyncSnapshotStream(self._session.stream(methods.DOWNLOAD_SNAPSHOT, request, timeout, repeatable=True))

    async def delete_snapshot(self, name: str, *, timeout: float | None = None) -> None:
        """Deletes a snapshot; the records of the namespace are untouched.

        Raises:
            VecStoreError: such as SNAPSHOT_NOT_FOUND.
        """
        request = snapshot_pb.DeleteSnapshotRequest(namespace=self._namespace, name=to_name(name))
        await self._session.call(methods.DELETE_SNAPSHOT, request, timeout)
