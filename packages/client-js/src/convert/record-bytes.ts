import type { RecordInput } from "../model/record.js";

/** Within a factor of three of what a record takes on the wire. */
export function estimateBytes(record: RecordInput): number {
  const { vector, sparse, text, metadata } = record;
  const numbers = 4 * (vector?.length ?? 0) + 8 * (sparse?.indices.length ?? 0);
  return 64 + numbers + (text?.length ?? 0) + (metadata === undefined ? 0 : jsonLength(metadata));
}

function jsonLength(metadata: object): number {
  try {
    return JSON.stringify(metadata).length;
  } catch {
    // What JSON cannot hold is refused by its path when the record is converted.
    return 0;
  }
}
