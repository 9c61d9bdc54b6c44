import { describe, expect, it } from "vitest";
import { createRandom } from "../storage/random.js";
import { ListCursor, NO_SLOT } from "./list-cursor.js";
import { createLists } from "./lists-fixture.cases.js";
import type { PostingKeys, PostingLists } from "./posting-lists.js";

const SEED = 815;
const KEYS: PostingKeys = { high: (_, payload) => payload, low: (slot) => slot % 1_000 };

/** Every posting that a cursor meets block by block. */
function readAll(lists: PostingLists, list: number): [number, number][] {
  const cursor = new ListCursor(lists, list);
  const found: [number, number][] = [];
  for (let from = 0; cursor.seek(from); from = cursor.lastSlot + 1) {
    cursor.load();
    for (let i = 0; i < cursor.length; i++) found.push([cursor.slots[i]!, cursor.payloads[i]!]);
  }
  return found;
}

describe("posting lists", () => {
  it.each([0, 1, 2, 3, 127, 128, 129, 255, 256, 257, 5_000])("give back a list of %i postings", (count) => {
    const { lists, heads } = createLists(KEYS, 2);
    const [list, other] = heads as [number, number];
    const postings = Array.from({ length: count }, (_, i): [number, number] => [i * 2 + (i >> 4), i % 9]);
    for (const [slot, payload] of postings) lists.add(list, slot, payload);
    expect(lists.count(list)).toBe(count);
    expect(readAll(lists, list)).toEqual(postings);
    expect(readAll(lists, other)).toEqual([]);
  });

  it(`keep thousands of lists apart while all grow, seed ${SEED}`, () => {
    const random = createRandom(SEED);
    const { lists, heads } = createLists(KEYS, 3_000);
    const expected: [number, number][][] = heads.map(() => []);
    for (let slot = 0; slot < 6_000; slot++) {
      for (let n = 0; n < 20; n++) {
        // Squared twice: few lists are long, most are short.
        const list = Math.floor(random() ** 4 * expected.length);
        if (expected[list]!.at(-1)?.[0] === slot) continue;
        const payload = Math.floor(random() * 50);
        expected[list]!.push([slot, payload]);
        lists.add(heads[list]!, slot, payload);
      }
    }
    expect(Math.max(...expected.map(({ length }) => length))).toBeGreaterThan(3_000);
    for (const [list, postings] of expected.entries()) expect(readAll(lists, heads[list]!)).toEqual(postings);
  });

  it("take about a byte and a half for each posting of a frequent term", () => {
    const { pool, lists, heads } = createLists(KEYS, 1);
    const random = createRandom(SEED);
    let slot = 0;
    for (let i = 0; i < 1_000_000; i++) {
      slot += 1 + Math.floor(random() * 15);
      lists.add(heads[0]!, slot, 1 + Math.floor(random() * 4));
    }
    expect(pool.bytes / 1_000_000).toBeLessThan(2);
  });
});

describe("a cursor", () => {
  function filled(count: number) {
    const { lists, heads } = createLists(KEYS, 2_000);
    const list = heads[0]!;
    const random = createRandom(SEED + count);
    const slots: number[] = [];
    let slot = 0;
    for (let i = 0; i < count; i++) {
      slot += 1 + Math.floor(random() * 40);
      slots.push(slot);
      lists.add(list, slot, slot % 7);
    }
    return { lists, list, heads, slots };
  }

  it.each([1, 100, 128, 300, 20_000])("advances to the first slot at or above any, in a list of %i", (count) => {
    const { lists, list, slots } = filled(count);
    const random = createRandom(SEED);
    for (let round = 0; round < 20; round++) {
      const cursor = new ListCursor(lists, list);
      for (let target = 0; target <= slots.at(-1)!; target += 1 + Math.floor(random() ** 3 * count * 10)) {
        const expected = slots.find((slot) => slot >= target)!;
        expect(cursor.advance(target)).toBe(expected);
        expect(cursor.payloads[cursor.at]).toBe(expected % 7);
        // Asking again stays there.
        expect(cursor.advance(target)).toBe(expected);
      }
      expect(cursor.advance(slots.at(-1)! + 1)).toBe(NO_SLOT);
    }
  });

  it("knows the largest keys of each block, and of the list", () => {
    const { lists, list, slots } = filled(1_000);
    const cursor = new ListCursor(lists, list);
    for (let from = 0, block = 0; cursor.seek(from); from = cursor.lastSlot + 1, block++) {
      const members = slots.slice(block * 128, block * 128 + 128);
      expect(cursor.lastSlot).toBe(members.at(-1));
      expect(cursor.firstFrom(0)).toBeLessThanOrEqual(members[0]!);
      expect(cursor.high).toBe(Math.max(...members.map((slot) => slot % 7)));
      expect(cursor.low).toBe(Math.max(...members.map((slot) => slot % 1_000)));
    }
    expect([cursor.highest, cursor.lowest]).toEqual([6, Math.max(...slots.map((slot) => slot % 1_000))]);
  });

  it.each([1, 100, 130, 1_000])("sees a list of %i postings as it was, whatever is appended since", (count) => {
    const { lists, list, heads, slots } = filled(count);
    const cursor = new ListCursor(lists, list);
    for (let i = 0; i < 5_000; i++) lists.add(list, slots.at(-1)! + 1 + i, 6);
    for (const other of heads.slice(1)) lists.add(other, 1, 1);
    const found: number[] = [];
    for (let from = 0; cursor.seek(from); from = cursor.lastSlot + 1) {
      cursor.load();
      found.push(...cursor.slots.subarray(0, cursor.length));
    }
    expect(found).toEqual(slots);
  });
});
