"""Snapshots, as the server sends them."""

from __future__ import annotations

from .._gen import snapshot_pb2 as pb
from ..models.snapshot import RestoreSnapshotResult, SnapshotInfo
from .time import from_timestamp


def from_snapshot(message: pb.Snapshot) -> SnapshotInfo:
    """What the server says of a snapshot."""
    return SnapshotInfo(
        message.name,
        message.namespace,
        from_timestamp(message.created_at),
        message.sequence,
        message.vector_count,
        message.bytes,
    )


def from_restore_snapshot(response: pb.RestoreSnapshotResponse) -> RestoreSnapshotResult:
    """The outcome of a restore."""
    return RestoreSnapshotResult(response.namespace, response.sequence, response.incarnation, response.vector_count)
