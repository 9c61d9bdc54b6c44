import type { MessageInitShape } from "@bufbuild/protobuf";
import { LIMITS, type SnapshotInfo, VecstoreError } from "@vecstore/engine";
import type { ListSnapshotsResponseSchema, SnapshotSchema } from "../../gen/vecstore/v1/snapshot_pb.js";
import { toTimestamp, toUint64 } from "./numbers.js";

/** One snapshot of one namespace. */
export function snapshotToWire(snapshot: SnapshotInfo, namespace: string): MessageInitShape<typeof SnapshotSchema> {
  return {
    name: snapshot.name,
    namespace,
    createdAt: toTimestamp(snapshot.createdAtMs),
    sequence: toUint64(snapshot.sequence),
    vectorCount: toUint64(snapshot.vectorCount),
    bytes: toUint64(snapshot.bytes),
  };
}

/** Which page is wanted. */
export interface PageFields {
  readonly pageSize?: number;
  readonly pageToken: string;
}

/**
 * One page of snapshots by ascending name. The token is the last name of the page before, so a snapshot that is deleted
 * between two pages moves nothing.
 *
 * @throws VecstoreError LIMIT_OUT_OF_RANGE, INVALID_PAGE_TOKEN
 */
export function snapshotPageToWire(
  snapshots: readonly SnapshotInfo[],
  { pageSize = LIMITS.pageSizeAbsent, pageToken }: PageFields,
  namespace: string,
): MessageInitShape<typeof ListSnapshotsResponseSchema> {
  if (pageSize < 1 || pageSize > LIMITS.pageSizeMax) {
    throw new VecstoreError("LIMIT_OUT_OF_RANGE", `page_size is ${pageSize}; allowed: 1..${LIMITS.pageSizeMax}`);
  }
  const after = pageToken === "" ? undefined : nameFromToken(pageToken);
  const rest = [...snapshots]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((snapshot) => after === undefined || snapshot.name > after);
  const page = rest.slice(0, pageSize);
  const last = page.at(-1);
  const nextPageToken = last && rest.length > page.length ? Buffer.from(last.name).toString("base64url") : "";
  return { snapshots: page.map((snapshot) => snapshotToWire(snapshot, namespace)), nextPageToken };
}

function nameFromToken(token: string): string {
  const name = Buffer.from(token, "base64url").toString();
  if (Buffer.from(name).toString("base64url") === token) return name;
  throw new VecstoreError(
    "INVALID_PAGE_TOKEN",
    "page_token is not one that ListSnapshots gave; begin at the first page",
  );
}
