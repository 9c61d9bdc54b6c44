import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors } from "./fixtures.cases.js";
import type { Graph, GraphOptions } from "./graph.js";

const SEED = 815;
const OPTIONS: GraphOptions = { dimension: 40, metric: "euclidean", m: 8, efConstruction: 60, capacity: 5000, seed: 9 };
const DATA = clusteredVectors(3000, 40, SEED);

/** Reads `bytes` front to back, as a file would. */
function reader(bytes: Uint8Array): (into: Uint8Array) => Promise<void> {
  let position = 0;
  return async (into) => {
    if (position + into.length > bytes.length) throw new Error("read past the end");
    into.set(bytes.subarray(position, position + into.length));
    position += into.length;
  };
}

const saved = (graph: Graph) => Buffer.concat([...graph.save()].map((view) => Buffer.from(view)));

function answers(graph: Graph): unknown[] {
  return Array.from({ length: 20 }, (_, q) => {
    const { slots, distances, computed } = graph.search(clusteredVectors(1, 40, q), 50);
    return [[...slots], [...distances], computed];
  });
}

for (const threads of [0, 1]) {
  describe(`a saved graph, ${threads} threads`, () => {
    let core: Core;
    let graph: Graph;
    let bytes: Uint8Array;
    beforeAll(async () => {
      core = await loadCore({ threads });
      graph = core.createGraph({ ...OPTIONS, mean: clusteredVectors(1, 40, 3) });
      graph.append(DATA.subarray(0, 2000 * 40));
      graph.append(DATA.subarray(0, 500 * 40));
      graph.build();
      await graph.settled();
      bytes = saved(graph);
    });
    afterAll(() => core.close());

    test("has the bytes that were announced, in chunks of at most 4 MiB", () => {
      expect(bytes.length).toBe(graph.savedBytes);
      for (const chunk of graph.save()) expect(chunk.length).toBeLessThanOrEqual(4 * 1024 * 1024);
    });

    test("searches identically once loaded, also with another capacity, and saves the same bytes", async () => {
      for (const capacity of [2500, 5000, 9999]) {
        const mean = clusteredVectors(1, 40, 3);
        const loaded = await core.loadGraph({ ...OPTIONS, mean, capacity, indexed: 2500 }, reader(bytes));
        expect([loaded.count, loaded.indexed, loaded.capacity]).toEqual([2500, 2500, capacity]);
        expect(answers(loaded)).toEqual(answers(graph));
        expect(saved(loaded).equals(bytes)).toBe(true);
        await loaded.release();
      }
    });

    test("goes on growing exactly as the graph it was saved from", async () => {
      const original = core.createGraph(OPTIONS);
      original.append(DATA);
      original.build();
      while (original.indexed < 500) await new Promise((resolve) => setImmediate(resolve));
      await original.pause();
      const { indexed } = original;
      const loaded = await core.loadGraph({ ...OPTIONS, indexed }, reader(saved(original)));
      loaded.append(DATA.subarray(indexed * 40));
      original.resume();
      await Promise.all([original.settled(), loaded.settled()]);
      expect(saved(loaded).equals(saved(original))).toBe(true);
      await original.release();
      await loaded.release();
    });

    test("may be empty", async () => {
      const empty = core.createGraph(OPTIONS);
      const loaded = await core.loadGraph({ ...OPTIONS, indexed: 0 }, reader(saved(empty)));
      loaded.append(DATA.subarray(0, 40));
      await loaded.settled();
      expect([...loaded.search(DATA.subarray(0, 40), 5).slots]).toEqual([0]);
    });

    const refused: [string, Partial<GraphOptions & { indexed: number }>, (bytes: Uint8Array) => void][] = [
      ["another dimension", { dimension: 41 }, () => {}],
      ["another metric", { metric: "dot" }, () => {}],
      ["another m", { m: 9 }, () => {}],
      ["another efConstruction", { efConstruction: 61 }, () => {}],
      ["another seed", { seed: 10 }, () => {}],
      ["another count", { indexed: 2499 }, () => {}],
      ["another mean", { mean: new Float32Array(40) }, () => {}],
      ["no magic", {}, (file) => file.fill(0, 0, 4)],
      ["an unknown layout", {}, (file) => file.fill(99, 4, 5)],
      ["an entry point that is no node", {}, (file) => file.fill(255, 32, 36)],
      ["upper links beyond their area", {}, (file) => file.fill(255, 36, 40)],
      ["other node blocks", {}, (file) => file.fill(0, 40, 44)],
    ];
    test.each(refused)("is refused with %s", async (_, options, damage) => {
      const file = Buffer.from(bytes);
      damage(file);
      const attempt = core.loadGraph({ ...OPTIONS, indexed: 2500, ...options }, reader(file));
      await expect(attempt).rejects.toMatchObject({ code: "data_loss", reason: "DATA_CORRUPTED" });
    });

    test("passes on the error of a reader that fails", async () => {
      const attempt = core.loadGraph({ ...OPTIONS, indexed: 2500 }, reader(bytes.subarray(0, 1000)));
      await expect(attempt).rejects.toThrow("read past the end");
    });
  });
}
