import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRfc3339 } from "../rfc3339.js";
import { timeOfBytes } from "./time-bytes.js";

const SEED = 20_261_204;

function timeOf(text: string): number {
  const bytes = new TextEncoder().encode(`x${text}y`);
  return timeOfBytes(bytes, 1, bytes.length - 1);
}

describe("timeOfBytes", () => {
  it("says what parseRfc3339 says of every kind of time, and of what is nearly one", () => {
    const two = (min: number, max: number) => fc.integer({ min, max }).map((value) => String(value).padStart(2, "0"));
    const text = fc
      .tuple(
        fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(0, 1900, 1972, 2000, 2024, 9999)),
        two(0, 13),
        two(0, 32),
        fc.constantFrom("T", "T", "T", "t", " "),
        two(0, 24),
        two(0, 60),
        two(0, 61),
        fc.constantFrom("", "", ".5", ".123", ".1239", ".", ".x", ".12x", ".000000001"),
        fc.constantFrom("Z", "Z", "Z", "z", "+01:00", "-23:59", "+24:00", ""),
      )
      .map(([year, month, day, t, h, m, s, fraction, zone]) => {
        return `${String(year).padStart(4, "0")}-${month}-${day}${t}${h}:${m}:${s}${fraction}${zone}`;
      });
    let times = 0;
    const property = fc.property(text, (value) => {
      const expected = parseRfc3339(value) ?? Number.NaN;
      times += Number(!Number.isNaN(expected));
      expect(timeOf(value)).toBe(expected);
    });
    fc.assert(property, { seed: SEED, numRuns: 10_000 });
    expect(times).toBeGreaterThan(2_000);
  });

  it.each([
    "2026-01-01T00:00:00é",
    "2026-01-01T00:00:00.Z",
    "2026x01-01T00:00:00Z",
    "2026-01-01",
    "",
    "a2026-01-01T00:00:00Z",
  ])("says NaN of %j", (text) => {
    expect(timeOf(text)).toBeNaN();
  });

  it("knows each first of a month of eight hundred years", () => {
    for (let month = 0; month < 12 * 800; month++) {
      const date = new Date(Date.UTC(1600 + Math.floor(month / 12), month % 12, 1));
      expect(timeOf(date.toISOString())).toBe(date.getTime());
    }
  });
});
