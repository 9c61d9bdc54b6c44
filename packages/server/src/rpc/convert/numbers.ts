import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
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

/**
 * Reads a Timestamp field, when it is set, as milliseconds since 1970: the parts of a millisecond are left out.
 *
 * @throws VecstoreError INVALID_ARGUMENT when its nanoseconds are none
 */
export function fromTimestamp(time: Timestamp | undefined, path: string): number | undefined {
  if (time === undefined) return undefined;
  const { seconds, nanos } = time;
  if (nanos < 0 || nanos > 999_999_999) {
    throw new VecstoreError("INVALID_ARGUMENT", `${path} has ${nanos} nanoseconds; allowed are 0 to 999999999`);
  }
  return Number(seconds) * 1_000 + Math.floor(nanos / 1e6);
}

/** A time for a Timestamp field, when there is one. */
export function toTimestamp(ms: number | undefined) {
  return ms === undefined ? undefined : timestampFromMs(ms);
}
