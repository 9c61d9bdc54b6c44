import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { ListRequest } from "../model/read.js";
import { listPage } from "./list.js";
import { segmentOf, viewOf } from "./query-fixture.cases.js";
import type { View } from "./view.js";

/** In the order of their bytes; by UTF-16 units the last two would change places. */
const SORTED = [
  "\0",
  "a",
  "a/1",
  "a/10",
  "a/2",
  "a0",
  "b",
  "zé",
  "é",
  "éa",
  "\ud7ff",
  "\uffff",
  "\u{10000}",
  "😀",
  "😁",
];
let core: Core;
let view: View;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
  const records = SORTED.map((id, i) => ({ id, vector: [i, 0], metadata: { n: i } })).reverse();
  view = viewOf([
    segmentOf(
      core,
      records.filter((_, i) => i % 3 === 0),
    ),
    segmentOf(
      core,
      records.filter((_, i) => i % 3 !== 0),
    ),
  ]);
});
afterAll(async () => {
  view.release();
  await core.close();
});

async function pages(request: ListRequest): Promise<string[][]> {
  const all: string[][] = [];
  let pageToken: string | undefined;
  do {
    const page = await listPage(view, { ...request, pageToken }, {});
    all.push(page.records.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return all;
}

describe("a list", () => {
  it.each([1, 2, 7, SORTED.length - 1, SORTED.length, SORTED.length + 1, 1_000])(
    "in pages of %i gives every id once, in the order of its bytes",
    async (pageSize) => {
      const all = await pages({ pageSize });
      expect(all.flat()).toEqual(SORTED);
      expect(all.slice(0, -1).every((page) => page.length === pageSize)).toBe(true);
      expect(all.at(-1)).not.toHaveLength(0);
    },
  );

  it.each([
    ["a", ["a", "a/1", "a/10", "a/2", "a0"]],
    ["a/", ["a/1", "a/10", "a/2"]],
    ["é", ["é", "éa"]],
    ["\u{10000}", ["\u{10000}"]],
    ["😀", ["😀"]],
    ["nothing", []],
    ["😂", []],
    ["a".repeat(600), []],
  ])("of the prefix %j", async (prefix, ids) => {
    expect((await pages({ prefix, pageSize: 2 })).flat()).toEqual(ids);
  });

  it("filters, also the prefix, and makes full pages of what is left", async () => {
    expect(await pages({ filter: "n >= 3 AND n <= 8", pageSize: 4 })).toEqual([
      ["a/10", "a/2", "a0", "b"],
      ["zé", "é"],
    ]);
    expect(await pages({ filter: "n > 2", prefix: "a/" })).toEqual([["a/10", "a/2"]]);
    expect(await pages({ filter: "n > 99" })).toEqual([[]]);
    expect(await pages({ filter: { kind: "exists", path: ["n"] }, pageSize: 14 })).toEqual([
      SORTED.slice(0, 14),
      ["😁"],
    ]);
  });

  it("has no further page when the last one is exactly full", async () => {
    expect(await listPage(view, { prefix: "a/", pageSize: 3 }, {})).not.toHaveProperty("nextPageToken");
  });

  it("returns what is asked for", async () => {
    const [record] = (await listPage(view, { pageSize: 1, includeVector: true, includeMetadata: false }, {})).records;
    expect(record).toEqual({ id: "\0", version: 1, vector: Float32Array.of(0, 0) });
  });

  it.each([
    [{ pageSize: 0 }, "LIMIT_OUT_OF_RANGE"],
    [{ pageSize: 1_001 }, "LIMIT_OUT_OF_RANGE"],
    [{ pageSize: 1.5 }, "LIMIT_OUT_OF_RANGE"],
    [{ filter: "n = " }, "INVALID_FILTER"],
    [{ prefix: "\ud83d" }, "INVALID_ARGUMENT"],
    [{ pageToken: "rubbish" }, "INVALID_PAGE_TOKEN"],
    [{ pageToken: "é" }, "INVALID_PAGE_TOKEN"],
    [{ pageToken: btoa('["a"]') }, "INVALID_PAGE_TOKEN"],
  ])("refuses %j: %s", async (request, reason) => {
    await expect(listPage(view, request, {})).rejects.toMatchObject({ reason });
  });

  it("takes an empty token for the first page, and refuses that of another list", async () => {
    const { nextPageToken } = await listPage(view, { pageSize: 2, prefix: "a" }, {});
    expect((await listPage(view, { pageSize: 1, pageToken: "" }, {})).records[0]!.id).toBe("\0");
    expect((await listPage(view, { pageSize: 9, prefix: "a", pageToken: nextPageToken }, {})).records).toHaveLength(3);
    for (const other of [{}, { prefix: "a/" }, { prefix: "a", filter: "n > 0" }, { filter: "a" }]) {
      const error = other.filter === "a" ? "INVALID_FILTER" : "INVALID_PAGE_TOKEN";
      await expect(listPage(view, { ...other, pageToken: nextPageToken }, {})).rejects.toMatchObject({ reason: error });
    }
  });

  it("stops when it is canceled or its time is over", async () => {
    await expect(listPage(view, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: "CANCELED" });
    await expect(listPage(view, {}, { deadlineMs: 1 })).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
  });
});
