/** Source: RFC 3339, section 5.6, `date-time`. `t` and `z` may be lower case; the separator is never a space. */
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** The shortest date-time is `2026-01-01T00:00:00Z`. Most strings of metadata are told apart by this. */
const LENGTH_MIN = 20;

/** 0000-01-01T00:00:00.000Z: the years that RFC 3339 can write. */
export const TIMESTAMP_MS_MIN = -62_167_219_200_000;
/** 9999-12-31T23:59:59.999Z */
export const TIMESTAMP_MS_MAX = 253_402_300_799_999;

/**
 * Parses an RFC 3339 date-time, strictly: an offset is required and every field must be in range, as
 * `Date.parse` does not demand. Digits finer than a millisecond are cut.
 *
 * Second 60 is taken as the next second, where a leap second can be: at 23:59:60 UTC on the last day of a month.
 *
 * @returns  milliseconds since 1970, or undefined when `text` is not a date-time of the years 0000 to 9999 in UTC
 */
export function parseRfc3339(text: string): number | undefined {
  if (text.length < LENGTH_MIN) return undefined;
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Fields;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const offsetMs = parseOffsetMs(match[8], Number(match[9] ?? 0), Number(match[10] ?? 0));
  if (offsetMs === undefined) return undefined;
  // Second 60 carries into the next minute by itself.
  const secondMs =
    daysSinceEpoch(year, month, day) * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000 - offsetMs;
  if (second === 60 && !isStartOfMonth(secondMs)) return undefined;
  const ms = secondMs + Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  return isTimestampMs(ms) ? ms : undefined;
}

/**
 * Writes a time so that `parseRfc3339` reads it back, in UTC with milliseconds.
 *
 * @param ms  as `isTimestampMs` accepts
 */
export function formatRfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** True for whole milliseconds within the years 0000 to 9999. */
export function isTimestampMs(ms: number): boolean {
  return Number.isInteger(ms) && ms >= TIMESTAMP_MS_MIN && ms <= TIMESTAMP_MS_MAX;
}

type Fields = [year: number, month: number, day: number, hour: number, minute: number, second: number];

function parseOffsetMs(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (sign === undefined) return 0;
  if (hours > 23 || minutes > 59) return undefined;
  const ms = (hours * 60 + minutes) * 60_000;
  return sign === "-" ? -ms : ms;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999; 400 years are always 146,097 days, so it is asked 400 later. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  return Date.UTC(year + 400, month - 1, day) / 86_400_000 - 146_097;
}

function isStartOfMonth(ms: number): boolean {
  return ms % 86_400_000 === 0 && new Date(ms).getUTCDate() === 1;
}
