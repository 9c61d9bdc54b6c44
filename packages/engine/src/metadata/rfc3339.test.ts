import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRfc3339, isTimestampMs, parseRfc3339, TIMESTAMP_MS_MAX, TIMESTAMP_MS_MIN } from "./rfc3339.js";

const SEED = 20_260_104;

describe("parseRfc3339", () => {
  it.each<[string, number]>([
    ["1970-01-01T00:00:00Z", 0],
    ["1969-12-31T23:59:59.999Z", -1],
    ["2026-01-01T00:00:00.5Z", Date.UTC(2026, 0, 1, 0, 0, 0, 500)],
    ["2026-01-01T00:00:00.1239999Z", Date.UTC(2026, 0, 1, 0, 0, 0, 123)],
    ["2026-01-01t00:00:00z", Date.UTC(2026, 0, 1)],
    ["2026-01-01T00:00:00+23:59", Date.UTC(2026, 0, 1) - (23 * 60 + 59) * 60_000],
    ["2026-01-01T00:00:00-08:00", Date.UTC(2026, 0, 1, 8)],
    ["2026-01-01T00:00:00-00:00", Date.UTC(2026, 0, 1)],
    ["2024-02-29T12:00:00Z", Date.UTC(2024, 1, 29, 12)],
    ["2000-02-29T12:00:00Z", Date.UTC(2000, 1, 29, 12)],
    ["0000-01-01T00:00:00Z", TIMESTAMP_MS_MIN],
    ["0050-06-01T00:00:00Z", -60_576_249_600_000],
    ["9999-12-31T23:59:59.999Z", TIMESTAMP_MS_MAX],
    // The examples of leap seconds in RFC 3339, section 5.8.
    ["1990-12-31T23:59:60Z", Date.UTC(1991, 0, 1)],
    ["1990-12-31T15:59:60-08:00", Date.UTC(1991, 0, 1)],
    ["2016-12-31T23:59:60.250Z", Date.UTC(2017, 0, 1, 0, 0, 0, 250)],
  ])("reads %s", (text, ms) => {
    expect(parseRfc3339(text)).toBe(ms);
  });

  it.each([
    "",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-01-01 00:00:00Z",
    "2026-01-01T00:00Z",
    "2026-1-1T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:61Z",
    "2026-00-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-32T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00,5Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+00:60",
    "2026-01-01T00:00:00+0000",
    "2026-01-01T00:00:00Z ",
    " 2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00Z\n",
    "+02026-01-01T00:00:00Z",
    "٢٠٢٦-01-01T00:00:00Z",
    "Thu, 01 Jan 2026 00:00:00 GMT",
    // Second 60 where no leap second can be.
    "2026-01-15T23:59:60Z",
    "2026-12-31T22:59:60Z",
    "2026-12-31T23:59:60-08:00",
    // Beyond the years that can be written.
    "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59-00:01",
    "0000-01-01T00:00:00+00:01",
  ])("refuses %j", (text) => {
    expect(parseRfc3339(text)).toBeUndefined();
  });

  it("reads what formatRfc3339 writes", () => {
    const property = fc.property(fc.integer({ min: TIMESTAMP_MS_MIN, max: TIMESTAMP_MS_MAX }), (ms) => {
      expect(parseRfc3339(formatRfc3339(ms))).toBe(ms);
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });

  it.each<[number, boolean]>([
    [TIMESTAMP_MS_MIN, true],
    [TIMESTAMP_MS_MIN - 1, false],
    [TIMESTAMP_MS_MAX, true],
    [TIMESTAMP_MS_MAX + 1, false],
    [0.5, false],
    [Number.NaN, false],
  ])("knows whether %d can be written", (ms, expected) => {
    expect(isTimestampMs(ms)).toBe(expected);
  });
});
