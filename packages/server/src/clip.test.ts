import { describe, expect, it } from "vitest";
import { clip } from "./clip.js";

const bytesOf = (text: string) => Buffer.byteLength(text);

describe("clip", () => {
  it("leaves what fits as it is, to the byte", () => {
    for (const text of ["", "a".repeat(64), "é".repeat(32), "😀".repeat(16)]) expect(clip(text, 64)).toBe(text);
  });

  it("keeps the beginning and the end of what is longer", () => {
    const clipped = clip(`got ${"x".repeat(1_000)}; allowed are names of 1..128 characters`, 100);
    expect(bytesOf(clipped)).toBe(100);
    expect(clipped).toMatch(/^got x+ … .*of 1\.\.128 characters$/);
  });

  it.each(["é", "€", "😀"])("cuts between characters: %s", (character) => {
    for (let before = 0; before < 5; before++) {
      for (let limit = 64; limit < 72; limit++) {
        const clipped = clip("a".repeat(before) + character.repeat(100), limit);
        expect(bytesOf(clipped)).toBeLessThanOrEqual(limit);
        expect(bytesOf(clipped)).toBeGreaterThan(limit - 8);
        expect(clipped).not.toContain("\uFFFD");
      }
    }
  });
});
