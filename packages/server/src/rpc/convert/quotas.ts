import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Quotas as EngineQuotas, type UpdateNamespaceOptions, VecstoreError } from "@vecstore/engine";
import { type Quotas, QuotasSchema } from "../../gen/vecstore/v1/namespace_pb.js";
import { fromUint64, toUint64 } from "./numbers.js";

type QuotaChanges = NonNullable<UpdateNamespaceOptions["quotas"]>;

/** Quotas of a request; those that are absent stay absent. @throws VecstoreError INVALID_ARGUMENT past 2^53 - 1 */
export function quotasFromWire(quotas: Quotas | undefined): EngineQuotas {
  if (quotas === undefined) return {};
  const { maxVectors, maxStorageBytes } = quotas;
  return {
    maxVectors: maxVectors === undefined ? undefined : fromUint64(maxVectors, "quotas.max_vectors"),
    maxQps: quotas.maxQps,
    maxStorageBytes:
      maxStorageBytes === undefined ? undefined : fromUint64(maxStorageBytes, "quotas.max_storage_bytes"),
    maxConnections: quotas.maxConnections,
    maxConcurrentQueries: quotas.maxConcurrentQueries,
    maxDimension: quotas.maxDimension,
    maxResultsPerQuery: quotas.maxResultsPerQuery,
    maxBatchSize: quotas.maxBatchSize,
  };
}

/**
 * Quotas to set, and names of those that become unlimited.
 *
 * @throws VecstoreError INVALID_ARGUMENT for a name that is none, or of a quota that is set as well
 */
export function quotaChangesFromWire(set: Quotas | undefined, cleared: readonly string[]): QuotaChanges {
  const changes: Record<string, number | null | undefined> = { ...quotasFromWire(set) };
  for (const name of cleared) {
    const field = QuotasSchema.fields.find((each) => each.name === name);
    if (field === undefined) {
      const known = QuotasSchema.fields.map((each) => each.name).join(", ");
      const message = `clear_quotas names ${JSON.stringify(name)}; quotas are ${known}`;
      throw new VecstoreError("INVALID_ARGUMENT", message);
    }
    if (changes[field.localName] != null) {
      throw new VecstoreError("INVALID_ARGUMENT", `${name} is in quotas and in clear_quotas; name it in one of them`);
    }
    changes[field.localName] = null;
  }
  return changes;
}

/** Quotas for the wire; absent when there are none. */
export function quotasToWire(quotas: EngineQuotas): MessageInitShape<typeof QuotasSchema> | undefined {
  if (Object.keys(quotas).length === 0) return undefined;
  const { maxVectors, maxStorageBytes, ...rest } = quotas;
  return {
    ...rest,
    maxVectors: maxVectors === undefined ? undefined : toUint64(maxVectors),
    maxStorageBytes: maxStorageBytes === undefined ? undefined : toUint64(maxStorageBytes),
  };
}
