import { describe, expect, it } from "vitest";
import { createRandom } from "./fixtures.cases.js";
import { InternTable } from "./intern-table.js";

const encode = (text: string) => new TextEncoder().encode(text);

function intern(table: InternTable, text: string): number {
  // Inside of a longer array, so that a wrong range would show.
  const bytes = encode(`«${text}»`);
  return table.intern(bytes, 2, bytes.length - 2);
}

describe("an intern table", () => {
  it("numbers distinct strings in the order they came, as a Map does (seed 5)", () => {
    const random = createRandom(5);
    const table = new InternTable(9);
    const expected = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const text = ["", "é", "\u{10000}", "a\0"][i % 4]! + Math.floor(random() * 3_000).toString(36);
      if (!expected.has(text)) expected.set(text, expected.size);
      expect(intern(table, text)).toBe(expected.get(text));
    }
    expect(table.count).toBe(expected.size);
    for (const [text, number] of expected) {
      expect(table.find(encode(text))).toBe(number);
      expect(new TextDecoder().decode(table.strings.bytesOf(number))).toBe(text);
    }
    expect(table.find(encode("never"))).toBe(-1);
  });

  it("holds the empty string, and strings longer than its chunks", () => {
    const table = new InternTable(1);
    const long = "x".repeat(100_000);
    expect([intern(table, ""), intern(table, long), intern(table, `${long}y`), intern(table, "")]).toEqual([
      0, 1, 2, 0,
    ]);
    expect(table.find(encode(long))).toBe(1);
    expect(table.find(encode(long.slice(1)))).toBe(-1);
  });

  it("is small while it holds little", () => {
    expect(new InternTable(1).bytes).toBeLessThan(256);
  });
});
