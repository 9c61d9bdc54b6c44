import { describe, expect, it } from "vitest";
import { BLOCK_SLOTS, type BlockBits, createBlockBits } from "../../core/block-bits.js";
import { NumberValues } from "./number-values.js";
import { OffsetSet } from "./offset-set.js";
import { StringValues } from "./string-values.js";

const encode = (text: string) => new TextEncoder().encode(text);

function offsetsOf(fill: (into: BlockBits) => void): number[] {
  const bits = createBlockBits();
  fill(bits);
  const found: number[] = [];
  for (let offset = 0; offset < BLOCK_SLOTS; offset++) {
    if ((bits[offset >>> 5]! & (1 << (offset & 31))) !== 0) found.push(offset);
  }
  return found;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("a set of offsets", () => {
  it.each([0, 1, 4_095, 4_096, 4_097, BLOCK_SLOTS])("holds %i offsets, as a list or as bits", (count) => {
    const set = new OffsetSet();
    const step = Math.max(1, Math.floor(BLOCK_SLOTS / Math.max(1, count)));
    const offsets = range(0, count).map((i) => i * step);
    for (const offset of offsets) {
      set.add(offset);
      set.add(offset);
    }
    expect(set.count).toBe(count);
    expect(offsetsOf((into) => set.addTo(into))).toEqual(offsets);
    const visited: number[] = [];
    set.forEach((offset) => {
      visited.push(offset);
    });
    expect(visited).toEqual(offsets);
    expect(set.bytes).toBeLessThanOrEqual(8_192);
  });
});

function sealAll(values: NumberValues | StringValues): void {
  while (values.isSealable) values.seal();
}

describe("the numbers of a full block", () => {
  /** Each value twice, in an order that is not theirs. */
  function filled(): NumberValues {
    const values = new NumberValues();
    for (let offset = 0; offset < BLOCK_SLOTS; offset++) values.add(offset, valueAt(offset));
    return values;
  }
  const valueAt = (offset: number) => ((offset * 40_503) % BLOCK_SLOTS) >>> 1;
  const wanted = (low: number, high: number) =>
    range(0, BLOCK_SLOTS).filter((offset) => valueAt(offset) >= low && valueAt(offset) <= high);

  it.each([
    [5, 5],
    [0, 32_767],
    [Number.NEGATIVE_INFINITY, 20_000],
    [100.5, 16_000],
    [2_047, 2_048],
    [2_500, 9_000],
    [3_500, 20_300],
    [1_023, 32_000],
    [12_288, Number.POSITIVE_INFINITY],
    [9, 3],
    [40_000, 50_000],
  ])("from %d to %d are the same open and sealed, twice", (low, high) => {
    const values = filled();
    const query = { kind: "range", low, high } as const;
    expect(offsetsOf((into) => values.addWanted(query, into))).toEqual(wanted(low, high));
    expect(values.isSealable).toBe(true);
    sealAll(values);
    expect(values.isSealable).toBe(false);
    for (let time = 0; time < 2; time++) {
      expect(offsetsOf((into) => values.addWanted(query, into))).toEqual(wanted(low, high));
    }
  });

  it("are the same while the block fills, whenever the first of them are sorted", () => {
    const values = new NumberValues();
    const sortedAt: number[] = [];
    for (let offset = 0; offset < BLOCK_SLOTS; offset++) {
      values.add(offset, valueAt(offset));
      let didSort = false;
      while (offset % 1_000 === 0 && values.sortOpen()) didSort = true;
      if (didSort) sortedAt.push(offset);
    }
    // Each time by a quarter more, so that sorting all along costs some five times the last.
    expect(sortedAt.length).toBeGreaterThan(5);
    expect(sortedAt.length).toBeLessThan(15);
    for (const query of [
      { kind: "range", low: 5_000, high: 25_000 } as const,
      { kind: "any", list: Float64Array.of(3, 32_767) } as const,
    ]) {
      const open = offsetsOf((into) => values.addWanted(query, into));
      expect(open).toEqual(
        query.kind === "range"
          ? wanted(5_000, 25_000)
          : [...wanted(3, 3), ...wanted(32_767, 32_767)].sort((a, b) => a - b),
      );
    }
    sealAll(values);
    expect(offsetsOf((into) => values.addWanted({ kind: "range", low: 5_000, high: 25_000 }, into))).toEqual(
      wanted(5_000, 25_000),
    );
  });

  it("are the same at every step of sorting, while more come", () => {
    const values = new NumberValues();
    let steps = 0;
    for (let offset = 0; offset < BLOCK_SLOTS; offset++) {
      values.add(offset, valueAt(offset));
      if (offset % 100 !== 0) continue;
      if (values.sortOpen()) steps++;
      if (offset % 5_000 !== 0) continue;
      const expected = wanted(5_000, 25_000).filter((one) => one <= offset);
      expect(offsetsOf((into) => values.addWanted({ kind: "range", low: 5_000, high: 25_000 }, into))).toEqual(
        expected,
      );
    }
    expect(steps).toBeGreaterThan(100);
    for (; values.isSealable; values.seal()) {
      const found = offsetsOf((into) => values.addWanted({ kind: "range", low: 3, high: 2_000 }, into));
      expect(found).toEqual(wanted(3, 2_000));
    }
  });

  it("add to what is there already", () => {
    const values = filled();
    sealAll(values);
    const found = offsetsOf((into) => {
      values.addWanted({ kind: "range", low: 10_000, high: 20_000 }, into);
      values.addWanted({ kind: "range", low: 0, high: 12_000 }, into);
      values.addWanted({ kind: "any", list: Float64Array.of(5, 25_000) }, into);
    });
    const expected = new Set([...wanted(0, 20_000), ...wanted(25_000, 25_000)]);
    expect(found).toEqual([...expected].sort((a, b) => a - b));
  });

  it("take 16 bytes a value at most once they are sealed and asked", () => {
    const values = filled();
    sealAll(values);
    values.addWanted({ kind: "range", low: 0, high: 20_000 }, createBlockBits());
    expect(values.bytes).toBeLessThan(16 * BLOCK_SLOTS);
  });
});

describe("the strings of a block", () => {
  const WORDS = [
    "",
    "a",
    "ab",
    "abc",
    "b",
    "ba",
    "é",
    "\uffff",
    "\u{10000}",
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00+01:00",
  ];

  function filled(words: readonly string[]): StringValues {
    const values = new StringValues(3);
    words.forEach((word, offset) => {
      const bytes = encode(word);
      values.add(offset, bytes, 0, bytes.length);
    });
    return values;
  }

  it("are searched across each other's borders by nobody", () => {
    const words = ["xab", "cab", "abx", "ca", "bca", "ab"];
    const values = filled(words);
    const query = { kind: "substring", bytes: encode("abx") } as const;
    for (let time = 0; time < 3; time++) {
      expect(offsetsOf((into) => values.addWanted(query, into))).toEqual([2]);
      expect(offsetsOf((into) => values.addWanted({ ...query, bytes: encode("ab") }, into))).toEqual([0, 1, 2, 5]);
      expect(offsetsOf((into) => values.addWanted({ ...query, bytes: encode("") }, into))).toEqual(range(0, 6));
      sealAll(values);
    }
  });

  it("are times where they can be read as such", () => {
    const values = filled([...WORDS, ...WORDS]);
    const start = 1_767_225_600_000;
    for (let time = 0; time < 3; time++) {
      const at = (low: number, high: number) =>
        offsetsOf((into) => values.addTimes({ kind: "range", low, high }, into));
      expect(at(start, start)).toEqual([9, 10, 20, 21]);
      expect(at(start + 1, Number.POSITIVE_INFINITY)).toEqual([]);
      expect(at(Number.NEGATIVE_INFINITY, start - 1)).toEqual([]);
      sealAll(values);
    }
  });

  it("are the same at every step of sorting", () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `word ${(i * 7_919) % 15_000}`);
    const values = filled(words);
    const expected = range(0, words.length).filter((i) => words[i]!.startsWith("word 12"));
    const query = { kind: "prefix", bytes: encode("word 12") } as const;
    let steps = 0;
    for (; values.isSealable; values.seal()) {
      if (steps++ % 8 === 0) expect(offsetsOf((into) => values.addWanted(query, into))).toEqual(expected);
    }
    expect(offsetsOf((into) => values.addWanted(query, into))).toEqual(expected);
    expect(steps).toBeGreaterThan(20);
  });

  it("are in the order of code points", () => {
    const values = filled(WORDS);
    for (let time = 0; time < 3; time++) {
      const low = { bytes: encode("b"), inclusive: false };
      const high = { bytes: encode("\u{10000}"), inclusive: false };
      const found = offsetsOf((into) => values.addWanted({ kind: "range", low, high }, into));
      expect(found.map((offset) => WORDS[offset])).toEqual(["ba", "é", "\uffff"]);
      sealAll(values);
    }
  });
});
