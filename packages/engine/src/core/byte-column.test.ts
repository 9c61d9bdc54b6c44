import { describe, expect, it } from "vitest";
import { ByteColumn } from "./byte-column.js";
import { createFloat64Column, createUint32Column } from "./column.js";
import { createRandom } from "./fixtures.cases.js";

describe("a byte column", () => {
  const CHUNK = 256;

  function lengthsOf(random: () => number): number[] {
    return Array.from({ length: 400 }, () => {
      const draw = random();
      if (draw < 0.3) return 0;
      return Math.floor(draw < 0.9 ? random() * 40 : random() * 1_000);
    });
  }

  it("gives back each record, also those longer than chunks, appended singly or in bulk (seeds 1 to 20)", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      const records = lengthsOf(random).map((length) => Uint8Array.from({ length }, () => 1 + random() * 255));
      const column = new ByteColumn(createUint32Column(), CHUNK);
      const split = Math.floor(random() * 400);
      for (const record of records.slice(0, split)) column.append(record);
      const ends = new Uint32Array(records.length - split);
      for (let i = split, end = 0; i < records.length; i++) ends[i - split] = end += records[i]!.length;
      const write = column.appendAll(ends);
      const rest = Buffer.concat(records.slice(split));
      for (let at = 0; at < rest.length; ) {
        const length = 1 + Math.floor(random() * 600);
        write(rest.subarray(at, at + length));
        at += length;
      }
      column.append(Uint8Array.of(9, 9));
      expect(records.map((_, i) => [...column.bytesOf(i)])).toEqual(records.map((record) => [...record]));
      expect([...column.bytesOf(records.length)]).toEqual([9, 9]);
      for (const [from, to] of [
        [0, 400],
        [3, 3],
        [17, 300],
        [split, 400],
      ] as const) {
        expect(Buffer.concat([...column.ranges(from, to)]).equals(Buffer.concat(records.slice(from, to)))).toBe(true);
      }
    }
  });

  it("keeps the views it gave while more is appended", () => {
    const column = new ByteColumn(createUint32Column(), CHUNK);
    column.append(Uint8Array.of(1, 2, 3));
    const view = column.bytesOf(0);
    for (let i = 0; i < 1_000; i++) column.append(new Uint8Array(100).fill(7));
    expect([...view]).toEqual([1, 2, 3]);
    expect([...column.bytesOf(0)]).toEqual([1, 2, 3]);
  });

  it("costs nothing while all records are empty", () => {
    const column = new ByteColumn(createFloat64Column(), CHUNK);
    for (let i = 0; i < 1_000; i++) column.append(new Uint8Array(0));
    expect(column.bytes).toBe(0);
    column.append(Uint8Array.of(4));
    expect(column.bytesOf(999)).toHaveLength(0);
    expect([...column.bytesOf(1_000)]).toEqual([4]);
  });
});
