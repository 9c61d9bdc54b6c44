import { describe, expect, it } from "vitest";
import { hashBytes } from "./byte-hash.js";

const encodeUtf8 = (text: string) => new TextEncoder().encode(text);

describe("the hash of an id", () => {
  it("looks at nothing outside of its range", () => {
    const bytes = encodeUtf8("abcdefghij");
    for (let from = 0; from < 10; from++) {
      for (let to = from; to <= 10; to++) {
        expect(hashBytes(bytes, from, to, 1, 2)).toBe(hashBytes(bytes.slice(from, to), 0, to - from, 1, 2));
      }
    }
  });

  it("depends on every byte, on the length and on both keys", () => {
    const seen = new Set<number>();
    for (let length = 0; length < 9; length++) {
      const bytes = new Uint8Array(length);
      seen
        .add(hashBytes(bytes, 0, length, 1, 2))
        .add(hashBytes(bytes, 0, length, 3, 2))
        .add(hashBytes(bytes, 0, length, 1, 3));
      for (let i = 0; i < length; i++) {
        bytes[i] = 200;
        seen.add(hashBytes(bytes, 0, length, 1, 2));
        bytes[i] = 0;
      }
    }
    expect(seen.size).toBe(3 * 9 + 36);
  });

  it("spreads ids that count up over its top bits", () => {
    const buckets = new Uint32Array(256);
    for (let i = 0; i < 100_000; i++) {
      const bytes = encodeUtf8(`doc-${i}`);
      buckets[hashBytes(bytes, 0, bytes.length, 5, 6) >>> 24]!++;
    }
    // 391 on average; five standard deviations are about 100.
    expect(Math.min(...buckets)).toBeGreaterThan(290);
    expect(Math.max(...buckets)).toBeLessThan(490);
  });
});
