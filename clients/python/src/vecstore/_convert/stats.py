"""Numbers of a namespace, as the server sends them."""

from __future__ import annotations

from .._gen import stats_pb2 as pb
from ..models.stats import CacheStats, Latency, RecallMeasurement, SegmentMemory, SegmentStats, StoreStats
from .enums import INDEX_STATES
from .time import from_timestamp


def from_store_stats(stats: pb.GetStatsResponse) -> StoreStats:
    """The numbers of a namespace."""
    return StoreStats(
        namespace=stats.namespace,
        vector_count=stats.vector_count,
        soft_deleted_count=stats.soft_deleted_count,
        dead_count=stats.dead_count,
        dimension=stats.dimension if stats.HasField("dimension") else None,
        sequence=stats.sequence,
        incarnation=stats.incarnation,
        segments=tuple(_from_segment(segment) for segment in stats.segments),
        index_backlog=stats.index_backlog,
        index_state=INDEX_STATES.name_or_unknown(stats.index_state),
        disk_bytes=stats.disk_bytes,
        snapshot_bytes=stats.snapshot_bytes,
        memory_bytes=stats.memory_bytes,
        log_bytes=stats.log_bytes,
        last_checkpoint_at=from_timestamp(stats.last_checkpoint_at) if stats.HasField("last_checkpoint_at") else None,
        cache=_from_cache(stats.cache) if stats.HasField("cache") else None,
        memory_bytes_per_record=stats.memory_bytes_per_record,
        disk_bytes_per_record=stats.disk_bytes_per_record,
    )


def from_recall(response: pb.MeasureRecallResponse) -> RecallMeasurement:
    """What a measure of recall found."""
    return RecallMeasurement(
        response.recall,
        response.sample_size,
        response.limit,
        _from_latency(response.indexed),
        _from_latency(response.exact),
    )


def _from_segment(segment: pb.SegmentStats) -> SegmentStats:
    memory = segment.memory
    return SegmentStats(
        number=segment.number,
        slots=segment.slots,
        live=segment.live,
        indexed=segment.indexed,
        has_graph=segment.has_graph,
        memory_bytes=segment.memory_bytes,
        memory=SegmentMemory(
            graph=memory.graph,
            vectors=memory.vectors,
            ids=memory.ids,
            metadata=memory.metadata,
            text=memory.text,
            sparse=memory.sparse,
            other=memory.other,
        ),
        disk_bytes=segment.disk_bytes,
        vectors_on_disk_bytes=segment.vectors_on_disk_bytes,
    )


def _from_cache(cache: pb.CacheStats) -> CacheStats:
    return CacheStats(cache.hits, cache.misses, cache.evictions, cache.size_bytes)


def _from_latency(latency: pb.Latency) -> Latency:
    return Latency(latency.mean_ms, latency.p50_ms, latency.p95_ms, latency.p99_ms)
