import type { MessageInitShape, JsonObject as WireObject } from "@bufbuild/protobuf";
import type { Metadata, RecordInput, StoredRecord } from "@vecstore/engine";
import type { Record, RecordSchema } from "../../gen/vecstore/v1/record_pb.js";
import { fromTimestamp, fromUint64, toTimestamp, toUint64 } from "./numbers.js";
import { sparseToWire, vectorFromWire, vectorToWire } from "./vector.js";

/** A record as a caller sent it. `path` names it in errors, for example `records[3]`. */
export function recordFromWire(record: Record, path: string): RecordInput {
  return {
    id: record.id,
    vector: vectorFromWire(record.vector, record.vectorF32, path),
    sparse: record.sparse,
    metadata: metadataFromWire(record.metadata),
    text: record.text,
    expiresAtMs: fromTimestamp(record.expiresAt, `${path}.expires_at`),
    ifVersion: record.ifVersion === undefined ? undefined : fromUint64(record.ifVersion, `${path}.if_version`),
  };
}

/** A record as it is read. */
export function recordToWire(record: StoredRecord): MessageInitShape<typeof RecordSchema> {
  return {
    id: record.id,
    version: toUint64(record.version),
    vector: vectorToWire(record.vector),
    sparse: sparseToWire(record.sparse),
    metadata: metadataToWire(record.metadata),
    text: record.text,
    expiresAt: toTimestamp(record.expiresAtMs),
  };
}

/** A Struct is plain JSON in the generated code: both directions keep the object as it is. */
export function metadataFromWire(metadata: WireObject | undefined): Metadata | undefined {
  return metadata;
}

/** See `metadataFromWire`. The engine's objects are read-only by type alone. */
export function metadataToWire(metadata: Metadata | undefined): WireObject | undefined {
  return metadata as WireObject | undefined;
}
