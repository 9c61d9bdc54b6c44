import { parseRfc3339 } from "../rfc3339.js";
import { decodeUtf8 } from "../utf8.js";

/** `2026-01-01T00:00:00Z` */
const LENGTH_MIN = 20;
const DIGITS_AT = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];
const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;
const ZERO = 0x30;

const MS_A_DAY = 86_400_000;
/** Days from 0000-03-01 to 1970-01-01, in the calendar of today reckoned back. */
const DAYS_TO_1970 = 719_468;

/**
 * What `parseRfc3339` says of `bytes[from, to)`, NaN in place of undefined.
 *
 * Times in UTC, as `Date.toISOString` writes them, are read without a string: a time that differs from record to record
 * would cost more than the rest of its metadata.
 */
export function timeOfBytes(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < LENGTH_MIN || bytes[from + 4] !== DASH || (bytes[from + 10]! | 0x20) !== 0x74) return Number.NaN;
  const ms = readUtc(bytes, from, to);
  return ms ?? parseRfc3339(decodeUtf8(bytes.subarray(from, to))) ?? Number.NaN;
}

/** Undefined for what is not plainly a time in UTC: other offsets, lower case, leap seconds, whatever is no time. */
function readUtc(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (bytes[from + 7] !== DASH || bytes[from + 10] !== UPPER_T || bytes[to - 1] !== UPPER_Z) return undefined;
  if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return undefined;
  for (const at of DIGITS_AT) if (!isDigit(bytes[from + at]!)) return undefined;
  const fractionMs = to - from === LENGTH_MIN ? 0 : readFractionMs(bytes, from + 19, to - 1);
  const month = pair(bytes, from + 5);
  const day = pair(bytes, from + 8);
  const [hour, minute, second] = [pair(bytes, from + 11), pair(bytes, from + 14), pair(bytes, from + 17)];
  // Day 29 and above depend on month and year: the general parser knows.
  if (fractionMs < 0 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  if (day > 28) return undefined;
  const days = daysSince1970(100 * pair(bytes, from) + pair(bytes, from + 2), month, day);
  return days * MS_A_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs;
}

/** The milliseconds of `.` and digits; finer ones are cut. -1 when it is something else. */
function readFractionMs(bytes: Uint8Array, from: number, to: number): number {
  if (bytes[from] !== POINT || to - from < 2) return -1;
  let ms = 0;
  for (let at = from + 1; at < to; at++) if (!isDigit(bytes[at]!)) return -1;
  for (let i = 1; i <= 3; i++) ms = ms * 10 + (from + i < to ? bytes[from + i]! - ZERO : 0);
  return ms;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** The number of two digits. */
function pair(bytes: Uint8Array, at: number): number {
  return (bytes[at]! - ZERO) * 10 + (bytes[at + 1]! - ZERO);
}

/** Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - DAYS_TO_1970;
}
