import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { QueryChunk } from "../model/query.js";
import { scoreOf } from "./hydrate.js";
import { segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import { streamQuery } from "./stream.js";
import type { View } from "./view.js";

let core: Core;
let opened: number;
let released: number;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());
beforeEach(() => {
  opened = 0;
  released = 0;
});

function openView(count: number): View {
  const records = Array.from({ length: count }, (_, i) => ({
    id: `r${i}`,
    vector: [i, 0],
    metadata: { n: i },
    text: `t${i}`,
  }));
  const view = viewOf(count === 0 ? [] : [segmentOf(core, records)]);
  const release = view.release.bind(view);
  opened++;
  view.release = () => {
    released++;
    release();
  };
  return view;
}

async function collect(chunks: AsyncIterable<QueryChunk>): Promise<QueryChunk[]> {
  const all = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe("a streamed query", () => {
  it.each([
    [0, [0]],
    [1, [1, 0]],
    [64, [64, 0]],
    [65, [64, 1, 0]],
    [200, [64, 64, 64, 8, 0]],
  ])("of %i records comes in chunks, the stats last", async (count, sizes) => {
    const query = validQuery({ limit: 1_000, includeText: true, includeVector: true });
    const chunks = await collect(streamQuery(query, () => openView(count), {}));
    expect(chunks.map(({ results }) => results.length)).toEqual(sizes);
    expect(chunks.flatMap(({ results }) => results.map(({ id }) => id))).toEqual(
      Array.from({ length: count }, (_, i) => `r${i}`),
    );
    expect(chunks.map(({ stats }) => stats?.exhausted)).toEqual([...sizes.slice(1).map(() => undefined), true]);
    expect(opened - released).toBe(0);
  });

  it("makes chunks of at most 256 KiB, or of one record", async () => {
    const text = (kib: number) => "x".repeat(kib * 1024);
    const records = [100, 100, 100, 300, 200, 56, 1].map((kib, i) => ({
      id: `r${i}`,
      vector: [i, 0],
      text: text(kib),
    }));
    const sizes = async (includeText: boolean) => {
      const query = validQuery({ limit: 100, includeText });
      const chunks = await collect(streamQuery(query, () => viewOf([segmentOf(core, records)]), {}));
      return chunks.map(({ results }) => results.length);
    };
    expect(await sizes(true)).toEqual([2, 1, 1, 2, 1, 0]);
    expect(await sizes(false)).toEqual([7, 0]);
  });

  it("ends at the threshold", async () => {
    const query = validQuery({ limit: 1_000, scoreThreshold: -70 });
    const chunks = await collect(streamQuery(query, () => openView(200), {}));
    expect(chunks.map(({ results }) => results.length)).toEqual([64, 7, 0]);
    expect(chunks.at(-1)!.stats).toMatchObject({ exhausted: true });
  });

  it("takes its view when it begins, and lets it go when the reader leaves", async () => {
    const chunks = streamQuery(validQuery({ limit: 1_000 }), () => openView(200), {});
    expect(opened).toBe(0);
    for await (const chunk of chunks) {
      expect(chunk.results).toHaveLength(64);
      expect([opened, released]).toEqual([1, 0]);
      break;
    }
    expect(released).toBe(1);
    const unread = streamQuery(validQuery({ limit: 1_000 }), () => openView(200), {});
    await unread.return();
    expect(opened).toBe(1);
  });

  it("stops between chunks when it is canceled, and lets its view go", async () => {
    const controller = new AbortController();
    const chunks = streamQuery(validQuery({ limit: 1_000 }), () => openView(200), { signal: controller.signal });
    await chunks.next();
    controller.abort();
    await expect(chunks.next()).rejects.toMatchObject({ reason: "CANCELED" });
    expect(released).toBe(1);
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  it("refuses a vector that the dimension, fixed meanwhile, does not fit", async () => {
    const query = validQuery({ vector: [1, 2, 3] }, "euclidean", 0);
    await expect(streamQuery(query, () => openView(3), {}).next()).rejects.toMatchObject({
      reason: "DIMENSION_MISMATCH",
    });
    expect(released).toBe(1);
  });
});

describe("scores", () => {
  it("are larger for what is closer, and never -0", () => {
    expect(scoreOf("cosine", 0.25)).toEqual({ score: 0.75, distance: 0.25 });
    expect(scoreOf("dot", -3)).toEqual({ score: 3, distance: -3 });
    expect(scoreOf("euclidean", 9)).toEqual({ score: -3, distance: 3 });
    expect(Object.is(scoreOf("dot", 0).score, 0)).toBe(true);
    expect(Object.is(scoreOf("euclidean", 0).score, 0)).toBe(true);
  });
});
