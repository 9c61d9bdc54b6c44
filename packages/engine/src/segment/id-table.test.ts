import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.js";
import { encodeUtf8 } from "../metadata/utf8.js";
import { IdTable } from "./id-table.js";
import { createRandom } from "./segment-fixture.cases.js";

const SEED = 20_250_101;
const ALPHABET = ["a", "b", "/", "0", "é", "☃", "\u{1f600}", "\uffff", "\0"];

function randomId(random: () => number): string {
  const length = 1 + Math.floor(random() * 12);
  let id = random() < 0.5 ? "user:2024:" : "";
  for (let i = 0; i < length; i++) id += ALPHABET[Math.floor(random() * ALPHABET.length)];
  return id;
}

describe("an id table", () => {
  it(`finds what a Map finds, of 100,000 random ids with repeats (seed ${SEED})`, () => {
    const random = createRandom(SEED);
    const table = new IdTable(SEED);
    const map = new Map<string, number>();
    const ids: string[] = [];
    let wrong = 0;
    for (let slot = 0; slot < 100_000; slot++) {
      const id = randomId(random);
      ids.push(id);
      expect(table.append(id)).toBe(slot);
      map.set(id, slot);
      // Also while a growth is under way, of which there are a dozen.
      const known = ids[Math.floor(random() * ids.length)]!;
      if (table.find(known) !== map.get(known)) wrong++;
    }
    for (const [id, slot] of map) if (table.find(id) !== slot) wrong++;
    for (let i = 0; i < 10_000; i++) {
      const id = randomId(random);
      if (table.find(id) !== (map.get(id) ?? -1)) wrong++;
      if (table.find(`${id}!`) !== -1) wrong++;
    }
    ids.forEach((id, slot) => {
      if (Buffer.compare(table.bytesOf(slot), encodeUtf8(id)) !== 0) wrong++;
    });
    expect(wrong).toBe(0);
  });

  it("loads many ids at once as it appends them one by one, whatever the pieces", () => {
    const random = createRandom(SEED + 1);
    const ids = Array.from({ length: 60_000 }, () => randomId(random) + "x".repeat(Math.floor(random() * 20)));
    const one = new IdTable(3);
    const bulk = new IdTable(3);
    for (const id of ids) one.append(id);
    for (const id of ids.slice(0, 100)) bulk.append(id);
    const bytes = encodeUtf8(ids.slice(100).join(""));
    const ends = new Uint32Array(ids.length - 100);
    for (let i = 100, end = 0; i < ids.length; i++) ends[i - 100] = end += encodeUtf8(ids[i]!).length;
    const write = bulk.appendAll(ends);
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + Math.floor(random() * 5_000);
      write(bytes.subarray(at, at + length));
      at += length;
    }
    bulk.enterFrom(100);
    expect(bulk.count).toBe(one.count);
    expect(bulk.bytesUsed).toBe(one.bytesUsed);
    let wrong = 0;
    ids.forEach((id, slot) => {
      if (bulk.find(id) !== one.find(id) || bulk.compare(slot, one, slot) !== 0) wrong++;
    });
    expect(wrong).toBe(0);
  });

  it("takes ids of 1 to 512 bytes and finds nothing for others", () => {
    const table = new IdTable(0);
    const longest = "é".repeat(LIMITS.idBytesMax / 2);
    table.append("a");
    table.append(longest);
    expect(table.find(longest)).toBe(1);
    expect(table.find("")).toBe(-1);
    expect(table.find(`${longest}a`)).toBe(-1);
    expect(table.find("a".repeat(10_000))).toBe(-1);
    expect(() => table.append("")).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
    expect(() => table.append(`${longest}a`)).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
    expect(table.count).toBe(2);
  });

  it("compares ids as UTF-8 bytes", () => {
    const table = new IdTable(0);
    const ids = ["a", "ab", "b", "é", "\uffff", "\u{1f600}"];
    for (const id of ids) table.append(id);
    const other = new IdTable(1);
    other.append("ab");
    expect(ids.map((_, slot) => Math.sign(table.compare(slot, other, 0)))).toEqual([-1, 0, 1, 1, 1, 1]);
    expect(Math.sign(table.compare(4, table, 5))).toBe(-1);
    expect(Math.sign(table.compareTo(0, encodeUtf8("")))).toBe(1);
  });
});
