import { describe, expect, it } from "vitest";
import { toUint32, toUint64 } from "./number.js";
import { fromTimestamp, toTimestamp } from "./time.js";

describe("numbers on the wire", () => {
  it.each([0, 1, 4_294_967_295, undefined])("take %j as a uint32", (value) => {
    expect(toUint32(value, "limit")).toBe(value);
  });

  it.each([-1, 1.5, 4_294_967_296, Number.NaN, "1"])("refuse %j as a uint32, naming the field", (value) => {
    expect(() => toUint32(value as number, "limit")).toThrow(
      expect.objectContaining({ reason: "LIMIT_OUT_OF_RANGE", message: expect.stringMatching(/^limit is/) }),
    );
  });

  it.each([undefined, 0, Number.MAX_SAFE_INTEGER])("take %j as a uint64", (value) => {
    expect(toUint64(value, "ifVersion")).toBe(value);
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])("refuse %d as a uint64", (value) => {
    expect(() => toUint64(value, "ifVersion")).toThrow(expect.objectContaining({ reason: "INVALID_ARGUMENT" }));
  });
});

describe("times on the wire", () => {
  it.each([0, 1, -1, 1_700_000_000_123, -62_135_596_800_000, 253_402_300_799_999])("hold %d ms", (timeMs) => {
    const { seconds, nanos } = toTimestamp(timeMs, "expiresAtMs");
    expect(nanos).toBeGreaterThanOrEqual(0);
    expect(nanos).toBeLessThan(1e9);
    expect(fromTimestamp({ seconds, nanos })).toBe(timeMs);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000, "2026-01-01"])("refuse %j", (timeMs) => {
    expect(() => toTimestamp(timeMs as number, "expiresAtMs")).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});
