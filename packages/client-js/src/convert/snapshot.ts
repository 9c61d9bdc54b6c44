import type { RestoreSnapshotResponse, Snapshot } from "../gen/vecstore/v1/snapshot_pb.js";
import type { RestoreSnapshotResult, SnapshotInfo } from "../model/snapshot.js";
import { fromUint64 } from "./number.js";
import { fromTimestamp } from "./time.js";

/** Turns what the server says of a snapshot. */
export function fromSnapshot(snapshot: Snapshot): SnapshotInfo {
  const { name, namespace, createdAt, sequence, vectorCount, bytes } = snapshot;
  return {
    name,
    namespace,
    createdAtMs: createdAt === undefined ? 0 : fromTimestamp(createdAt),
    sequence: fromUint64(sequence),
    vectorCount: fromUint64(vectorCount),
    bytes: fromUint64(bytes),
  };
}

/** Turns the outcome of a restore. */
export function fromRestoreSnapshot(response: RestoreSnapshotResponse): RestoreSnapshotResult {
  const { namespace, sequence, incarnation, vectorCount } = response;
  return {
    namespace,
    sequence: fromUint64(sequence),
    incarnation: fromUint64(incarnation),
    vectorCount: fromUint64(vectorCount),
  };
}
