import { invalidArgument } from "../errors.js";
import type { Timestamp } from "../wire/schema.js";

/** 9999-12-31T23:59:59.999Z, the last millisecond of a protobuf timestamp. */
const TIME_MS_MAX = 253_402_300_799_999;

/** 0001-01-01T00:00:00Z, the first. */
const TIME_MS_MIN = -62_135_596_800_000;

/**
 * Turns milliseconds since 1970 into the fields of a timestamp.
 *
 * @throws VecStoreError INVALID_ARGUMENT outside the years 1..9999
 */
export function toTimestamp(timeMs: number, name: string): Timestamp {
  if (!(timeMs >= TIME_MS_MIN && timeMs <= TIME_MS_MAX))
    throw invalidArgument(`${name} is ${timeMs}; it must be milliseconds since 1970, within the years 1..9999`);
  const seconds = Math.floor(timeMs / 1_000);
  return { seconds: seconds, nanos: Math.round((timeMs - seconds * 1_000) * 1_000) * 1_000 };
}

/** Turns a timestamp into milliseconds since 1970, with fractions. */
export function fromTimestamp(timestamp: Timestamp): number {
  return timestamp.seconds * 1_000 + timestamp.nanos / 1e6;
}
