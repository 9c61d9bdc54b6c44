import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareUtf8, decodeUtf8, encodeUtf8, isWellFormed, utf8Length } from "./utf8.js";

const SEED = 20_260_101;
const wellFormed = fc.string({ unit: "binary", maxLength: 40 });
/** Units around every border where UTF-16 order and code point order part. */
const tricky = fc.string({
  unit: fc.constantFrom("a", "\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "𐀀", "\u{10ffff}"),
  maxLength: 6,
});

describe("utf8", () => {
  it("counts the bytes that encoding gives, also for lone surrogates", () => {
    const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
    const property = fc.property(fc.oneof(wellFormed, tricky, anyUnits), (text) => {
      expect(utf8Length(text)).toBe(encodeUtf8(text).length);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  it("orders strings as their bytes are ordered", () => {
    const property = fc.property(fc.oneof(tricky, wellFormed), fc.oneof(tricky, wellFormed), (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(encodeUtf8(a), encodeUtf8(b)));
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });

  it("puts U+FFFF before U+10000, which `<` does not", () => {
    expect(compareUtf8("\uffff", "𐀀")).toBeLessThan(0);
    expect("\uffff" < "𐀀").toBe(false);
  });

  it("decodes what it encodes, a byte order mark included, and refuses other bytes", () => {
    expect(decodeUtf8(encodeUtf8("\ufeffé𐀀"))).toBe("\ufeffé𐀀");
    expect(() => decodeUtf8(Uint8Array.of(0xff))).toThrow(TypeError);
  });

  it.each([
    ["", true],
    ["é𐀀", true],
    ["\ud800", false],
    ["a\udc00", false],
    ["\udc00\ud800", false],
  ])("knows whether %j is well-formed", (text, expected) => {
    expect(isWellFormed(text)).toBe(expected);
    const withoutNative = Object.assign(Object(text), { isWellFormed: undefined }) as string;
    expect(isWellFormed(withoutNative)).toBe(expected);
  });
});
