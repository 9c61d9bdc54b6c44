import type { MessageInitShape } from "@bufbuild/protobuf";
import type { NamespaceUsage } from "@vecstore/engine";
import type { UsageSchema } from "../../gen/vecstore/v1/namespace_pb.js";
import type { LiveUsage } from "../../quota/traffic.js";
import { toUint64 } from "./numbers.js";

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
  };
}
