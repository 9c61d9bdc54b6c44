import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { VecstoreError } from "@vecstore/engine";

/** A sequence, version or count for a uint64 field. */
export const toUint64 = (value: number): bigint => BigInt(value);

/**
 * Reads a uint64 field as a number.
 *
 * @throws VecstoreError INVALID_ARGUMENT past 2^53 - 1, which no sequence reaches
 */
export function fromUint64(value: bigint, path: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new VecstoreError("INVALID_ARGUMENT", `${path} is ${value}; it must be at most ${Number.MAX_SAFE_INTEGER}`);
  }
  return Number(value);
}

/** A time for a Timestamp field, when there is one. */
export function toTimestamp(ms: number | undefined) {
  return ms === undefined ? undefined : timestampFromMs(ms);
}
