import type { MessageInitShape } from "@bufbuild/protobuf";
import type { NamespaceInfo, NamespaceUsage } from "@vecstore/engine";
import type { NamespaceUsageSchema, UsageSchema } from "../../gen/vecstore/v1/namespace_pb.js";
import type { LiveUsage } from "../../quota/traffic.js";
import { statusToWire } from "./namespace.js";
import { toTimestamp, toUint64 } from "./numbers.js";
import { quotasToWire } from "./quotas.js";

const SECOND_MS = 1_000n;

/** What a namespace uses: what the engine counts, and what the server sees of it now. */
export function usageToWire(stored: NamespaceUsage, live: LiveUsage): MessageInitShape<typeof UsageSchema> {
  return {
    ...live,
    vectorCount: toUint64(stored.vectorCount),
    storageBytes: toUint64(stored.storageBytes),
    snapshotBytes: toUint64(stored.snapshotBytes),
    queriesTotal: toUint64(stored.queriesTotal),
    writesTotal: toUint64(stored.writesTotal),
    refusalsTotal: toUint64(stored.refusalsTotal),
    requestsTotal: toUint64(stored.requestsTotal),
    bytesInTotal: toUint64(stored.bytesInTotal),
    bytesOutTotal: toUint64(stored.bytesOutTotal),
    vectorSecondsTotal: stored.vectorMilliseconds / SECOND_MS,
    vectorMillisecondsRest: Number(stored.vectorMilliseconds % SECOND_MS),
  };
}

/** What a namespace uses, beside its quotas, with the times that its totals are of. */
export function namespaceUsageToWire(
  { name, status, quotas, createdAtMs }: NamespaceInfo,
  stored: NamespaceUsage,
  live: LiveUsage,
): MessageInitShape<typeof NamespaceUsageSchema> {
  return {
    name,
    status: statusToWire(status),
    quotas: quotasToWire(quotas),
    usage: usageToWire(stored, live),
    countedSince: toTimestamp(createdAtMs),
    countedUntil: toTimestamp(stored.atMs),
  };
}

/** The last usage of a namespace as a line of the audit log has it: named as in the schema, numbers beyond 2^53 as text. */
export function finalUsage(stored: NamespaceUsage): Readonly<Record<string, number | string>> {
  return {
    vector_count: stored.vectorCount,
    storage_bytes: stored.storageBytes,
    snapshot_bytes: stored.snapshotBytes,
    requests_total: stored.requestsTotal,
    queries_total: stored.queriesTotal,
    writes_total: stored.writesTotal,
    refusals_total: stored.refusalsTotal,
    bytes_in_total: stored.bytesInTotal,
    bytes_out_total: stored.bytesOutTotal,
    vector_seconds_total: String(stored.vectorMilliseconds / SECOND_MS),
    vector_milliseconds_rest: Number(stored.vectorMilliseconds % SECOND_MS),
    counted_until: new Date(stored.atMs).toISOString(),
  };
}
