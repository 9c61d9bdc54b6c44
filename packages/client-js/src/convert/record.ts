import { invalidArgument } from "../errors.js";
import type {
  Record as WireRecord,
  RecordUpdate as WireRecordUpdate,
  SparseVector as WireSparseVector,
} from "../gen/vecstore/v1/record_pb.js";
import type { RecordInput, SparseVector, StoredRecord } from "../model/record.js";
import type { RecordUpdate } from "../model/write.js";
import type { Init } from "../wire/schema.js";
import { toMetadata } from "./metadata.js";
import { toUint64 } from "./number.js";
import { toId, toUtf8Safe } from "./text.js";
import { fromTimestamp, toTimestamp } from "./time.js";
import { fromVector, toVectorBytes } from "./vector.js";

/**
 * Turns a record into its message, which shares the vector and the metadata: it is written before the caller gets control again.
 *
 * @param name  path of the record, for messages
 * @throws VecStoreError invalid_argument for what the message cannot hold
 */
export function toRecord(record: RecordInput<object>, name: string): Init<WireRecord> {
  const { vector, sparse, text, metadata, expiresAtMs, ifVersion } = record;
  return {
    id: toId(record.id, `${name}.id`),
    vectorF32: vector === undefined ? undefined : toVectorBytes(vector, `${name}.vector`),
    sparse: sparse === undefined ? undefined : toSparse(sparse, `${name}.sparse`),
    text: text === undefined ? undefined : toUtf8Safe(text, `${name}.text`),
    metadata: metadata === undefined ? undefined : toMetadata(metadata, `${name}.metadata`),
    expiresAt: expiresAtMs === undefined ? undefined : toTimestamp(expiresAtMs, `${name}.expiresAtMs`),
    ifVersion: toUint64(ifVersion, `${name}.ifVersion`),
  };
}

/** Turns a message into a record that the caller owns, whose metadata are what the caller says they are. */
export function fromRecord<M extends object>(record: WireRecord): StoredRecord<M> {
  const { id, vector, sparse, text, metadata, expiresAt, version } = record;
  return {
    id,
    version: version,
    ...(vector.length > 0 && { vector: fromVector(vector) }),
    ...(sparse !== undefined && { sparse: fromSparse(sparse) }),
    ...(metadata !== undefined && { metadata: metadata as M }),
    ...(text !== undefined && { text }),
    ...(expiresAt !== undefined && { expiresAtMs: fromTimestamp(expiresAt) }),
  };
}

/**
 * Turns a partial change into its message.
 *
 * @throws VecStoreError invalid_argument for what the message cannot hold
 */
export function toRecordUpdate(update: RecordUpdate<object>, name: string): Init<WireRecordUpdate> {
  const { mergeMetadata, replaceMetadata, text, expiresAtMs, ifVersion } = update;
  return {
    id: toId(update.id, `${name}.id`),
    mergeMetadata: mergeMetadata && toMetadata(mergeMetadata, `${name}.mergeMetadata`),
    replaceMetadata: replaceMetadata && toMetadata(replaceMetadata, `${name}.replaceMetadata`),
    text: typeof text === "string" ? toUtf8Safe(text, `${name}.text`) : undefined,
    clearText: text === null,
    expiresAt: typeof expiresAtMs === "number" ? toTimestamp(expiresAtMs, `${name}.expiresAtMs`) : undefined,
    clearExpiresAt: expiresAtMs === null,
    ifVersion: toUint64(ifVersion, `${name}.ifVersion`),
  };
}

/**
 * Turns a sparse vector into its message.
 *
 * @throws VecStoreError INVALID_VECTOR when it has not one value for each index
 */
export function toSparse(sparse: SparseVector, name: string): Init<WireSparseVector> {
  const { indices, values } = sparse;
  if (indices.length !== values.length)
    throw invalidArgument(`${name} has ${indices.length} indices and ${values.length} values`, "INVALID_VECTOR");
  return { indices, values };
}

/** Turns a sparse vector that the caller owns. */
export function fromSparse(sparse: WireSparseVector): SparseVector {
  return { indices: sparse.indices, values: Array.from(sparse.values) };
}
