import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../metadata/utf8.js";
import { IdOrder } from "./id-order.js";
import { IdTable } from "./id-table.js";
import { createRandom } from "./segment-fixture.cases.js";

const ALPHABET = ["a", "b", "é", "\u{1f600}", "\uffff", "\0"];

function randomId(random: () => number): string {
  let id = ["", "tenant/7/", "tenant/71/"][Math.floor(random() * 3)]!;
  const length = 1 + Math.floor(random() * 6);
  for (let i = 0; i < length; i++) id += ALPHABET[Math.floor(random() * ALPHABET.length)];
  return id;
}

function expectedOrder(ids: readonly string[]): number[] {
  const bytes = ids.map((id) => Buffer.from(id));
  return ids.map((_, slot) => slot).sort((a, b) => Buffer.compare(bytes[a]!, bytes[b]!) || a - b);
}

describe("the order of ids", () => {
  it("is the same when slots come in steps, and by bytes, then by slot (seed 11)", () => {
    const random = createRandom(11);
    const table = new IdTable(1);
    const order = new IdOrder(table);
    const ids: string[] = [];
    for (const step of [0, 1, 2, 30, 0, 1, 20_000, 3, 700]) {
      for (let i = 0; i < step; i++) {
        ids.push(randomId(random));
        table.append(ids.at(-1)!);
      }
      expect([...order.upTo(ids.length)]).toEqual(expectedOrder(ids));
    }
  });

  it("can be prepared in steps, while slots are appended and another sorts more", () => {
    const random = createRandom(13);
    const table = new IdTable(1);
    const order = new IdOrder(table);
    const ids: string[] = [];
    const append = (count: number) => {
      for (let i = 0; i < count; i++) {
        ids.push(randomId(random));
        table.append(ids.at(-1)!);
      }
    };
    append(30_000);
    const steps = order.prepare(30_000);
    let count = 0;
    for (let step = steps.next(); !step.done; step = steps.next()) {
      append(1);
      if (++count === 3) expect([...order.upTo(ids.length)]).toEqual(expectedOrder(ids));
    }
    expect(count).toBeGreaterThan(10);
    expect([...order.upTo(ids.length)]).toEqual(expectedOrder(ids));
    append(5_000);
    for (const _ of order.prepare(ids.length - 1_000));
    expect([...order.upTo(ids.length)]).toEqual(expectedOrder(ids));
  });

  it("is cached, and an array given out is never written to", () => {
    const table = new IdTable(1);
    const order = new IdOrder(table);
    for (const id of ["c", "a"]) table.append(id);
    const before = order.upTo(2);
    expect(order.upTo(2)).toBe(before);
    table.append("b");
    expect([...order.upTo(3)]).toEqual([1, 2, 0]);
    expect([...before]).toEqual([1, 0]);
  });

  it("sorts ids that share a prefix as long as an id can be", () => {
    const table = new IdTable(1);
    const ids = Array.from({ length: 300 }, (_, i) => "p".repeat(400) + "q".repeat(i % 60) + (299 - i));
    for (const id of ids) table.append(id);
    expect([...new IdOrder(table).upTo(300)]).toEqual(expectedOrder(ids));
  });

  it("finds the first id at or after a given one", () => {
    const random = createRandom(12);
    const table = new IdTable(1);
    const ids = Array.from({ length: 1_000 }, () => randomId(random));
    for (const id of ids) table.append(id);
    const order = new IdOrder(table);
    const sorted = ids.map((id) => Buffer.from(id)).sort(Buffer.compare);
    for (const probe of ["", "a", "tenant/7/", "\uffff\uffff\uffff", ...ids.slice(0, 200)]) {
      const bytes = encodeUtf8(probe);
      const expected = sorted.findIndex((id) => Buffer.compare(id, bytes) >= 0);
      expect(order.lowerBound(1_000, probe)).toBe(expected < 0 ? 1_000 : expected);
    }
  });
});
