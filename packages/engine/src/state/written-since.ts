import type { StoredRecord } from "../gen/vecstore/storage/v1/log.js";
import type { Segment } from "../segment/segment.js";
import { encodeSparse } from "../sparse/codec.js";
import { vectorToBytes } from "./bytes.js";
import type { NamespaceState } from "./namespace-state.js";

/**
 * True when a record of exactly this content was written after a sequence, and is there still: who sends it again has it written
 * already.
 *
 * @param nowMs  a record that has expired by then is not there
 */
export function isWrittenSince(state: NamespaceState, record: StoredRecord, sequence: number, nowMs: number): boolean {
  const found = state.locate(record.id);
  if (found === undefined || !found.segment.isLive(found.slot, nowMs)) return false;
  return found.segment.versionOf(found.slot) > sequence && hasContent(found.segment, found.slot, record);
}

function hasContent(segment: Segment, slot: number, record: StoredRecord): boolean {
  const vector = segment.dimension === 0 ? new Float32Array() : segment.vectorOf(slot);
  const sparse = record.sparse === undefined ? new Uint8Array() : encodeSparse(record.sparse);
  return (
    segment.expiry.of(slot) === Number(record.expiresAtMs ?? 0n) &&
    segment.textOf(slot) === record.text &&
    areEqual(segment.metadataBytesOf(slot), record.metadata) &&
    areEqual(segment.sparseBytesOf(slot), sparse) &&
    areEqual(vectorToBytes(vector), record.vector)
  );
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
