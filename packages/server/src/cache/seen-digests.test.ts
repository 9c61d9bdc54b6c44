import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SeenDigests } from "./seen-digests.js";

const digest = (text: string) => createHash("sha256").update(text).digest();

describe("digests that came before", () => {
  it("are known, and others are not", () => {
    const seen = new SeenDigests();
    const texts = Array.from({ length: 2_000 }, (_, i) => `query ${i}`);
    expect(texts.map((text) => seen.note(digest(text)))).not.toContain(true);
    const known = texts.filter((text) => seen.note(digest(text)));
    // Some share a slot, and the later ones displace the earlier.
    expect(known.length).toBeGreaterThan(1_900);
  });

  it("are forgotten when another came since that shares the slot", () => {
    const [first, second] = [1, 2].map((tag) => {
      const crafted = Buffer.alloc(32);
      crafted.writeUInt32LE(5 + tag * 65_536, 0);
      crafted.writeUInt32LE(tag, 4);
      return crafted;
    }) as [Buffer, Buffer];
    const seen = new SeenDigests();
    expect([first, first, second, second, first].map((each) => seen.note(each))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it("are not taken for an empty slot", () => {
    const seen = new SeenDigests();
    expect([seen.note(Buffer.alloc(32)), seen.note(Buffer.alloc(32))]).toEqual([false, true]);
  });
});
