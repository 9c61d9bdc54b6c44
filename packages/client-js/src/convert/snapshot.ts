import type { DownloadSnapshotResponse, RestoreSnapshotResponse, Snapshot } from "../gen/vecstore/v1/snapshot_pb.js";
import type { RestoreSnapshotResult, SnapshotChunk, SnapshotInfo } from "../model/snapshot.js";
import { fromTimestamp } from "./time.js";

/** Turns what the server says of a snapshot. */
export function fromSnapshot(snapshot: Snapshot): SnapshotInfo {
  const { name, namespace, createdAt, sequence, vectorCount, bytes } = snapshot;
  return {
    name,
    namespace,
    createdAtMs: createdAt === undefined ? 0 : fromTimestamp(createdAt),
    sequence,
    vectorCount,
    bytes,
  };
}

/** Turns the outcome of a restore. */
export function fromRestoreSnapshot(response: RestoreSnapshotResponse): RestoreSnapshotResult {
  const { namespace, sequence, incarnation, vectorCount } = response;
  return {
    namespace,
    sequence,
    incarnation,
    vectorCount,
  };
}

/** The pieces of an archive, each with what only the first message says. */
export async function* fromDownload(
  messages: AsyncIterable<DownloadSnapshotResponse>,
): AsyncGenerator<SnapshotChunk, void, undefined> {
  let head: Pick<SnapshotChunk, "snapshot" | "totalBytes"> | undefined;
  for await (const { snapshot, totalBytes, data, crc32 } of messages) {
    if (snapshot !== undefined) head = { snapshot: fromSnapshot(snapshot), totalBytes };
    if (head !== undefined) yield { ...head, data, crc32 };
  }
}
