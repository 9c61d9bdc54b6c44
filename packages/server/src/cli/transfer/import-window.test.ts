import { describe, expect, it } from "vitest";
import { RowError, type SourceRow } from "../formats/row.js";
import { ImportWindow } from "./import-window.js";

/** Rows 1..count, of which some are no records. */
async function* sourceOf(count: number, bad: readonly number[] = []): AsyncGenerator<SourceRow, void, undefined> {
  for (let row = 1; row <= count; row++) {
    if (bad.includes(row)) yield { row, source: "x", problem: new RowError("INVALID_ARGUMENT", "no record") };
    else yield { row, record: { id: `r${row}` }, source: `r${row}` };
  }
}

async function take(records: AsyncGenerator<{ id: string }>, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const { value, done } = await records.next();
    if (done) break;
    ids.push((value as { id: string }).id);
  }
  return ids;
}

const settledRow = (window: ImportWindow, answered: number) => {
  const settled = window.settle(answered);
  return settled && [settled.row, settled.bad.map(({ row, reason }) => [row, reason])];
};

describe("ImportWindow", () => {
  it("settles the rows up to the last one that was answered, and the bad ones right behind it", async () => {
    const rows = sourceOf(6, [2, 3]);
    const window = new ImportWindow(rows, 0);
    const records = window.records();
    expect(await take(records, 3)).toEqual(["r1", "r4", "r5"]);
    expect(settledRow(window, 1)).toEqual([
      3,
      [
        [2, "INVALID_ARGUMENT"],
        [3, "INVALID_ARGUMENT"],
      ],
    ]);
    expect(window.waiting).toBe(2);
    expect(await take(records, 9)).toEqual(["r6"]);
    expect(settledRow(window, 3)).toEqual([5, []]);
    expect(settledRow(window, 4)).toEqual([6, []]);
    expect(settledRow(window, 4)).toBeUndefined();
  });

  it("counts on from where an earlier run ended, and keeps bad rows in their order", async () => {
    const rows = sourceOf(4, [1, 4]);
    const window = new ImportWindow(rows, 100);
    expect(await take(window.records(), 9)).toEqual(["r2", "r3"]);
    window.refuse(102, { id: "r3", reason: "RECORD_EXISTS", message: "" });
    window.refuse(99, { id: "?", reason: "RECORD_EXISTS", message: "" });
    expect(settledRow(window, 101)).toEqual([2, [[1, "INVALID_ARGUMENT"]]]);
    expect(settledRow(window, 102)).toEqual([
      4,
      [
        [3, "RECORD_EXISTS"],
        [4, "INVALID_ARGUMENT"],
      ],
    ]);
  });

  it("settles unreadable rows where no record is", async () => {
    const rows = sourceOf(2, [1, 2]);
    const window = new ImportWindow(rows, 0);
    expect(await take(window.records(), 9)).toEqual([]);
    expect(settledRow(window, 0)).toEqual([
      2,
      [
        [1, "INVALID_ARGUMENT"],
        [2, "INVALID_ARGUMENT"],
      ],
    ]);
  });
});
