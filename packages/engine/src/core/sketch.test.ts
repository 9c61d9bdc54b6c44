import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Metric } from "../model/namespace.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, createRandom, referenceDistance } from "./fixtures.cases.js";
import * as layout from "./layout.js";
import { codeOf, referenceRotation, roundedQueryOf, sketchOf } from "./sketch.cases.js";
import type { WasmGraph } from "./wasm-graph.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const SEED = 20261;

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

function graphOf(dimension: number, metric: Metric, data: Float32Array, mean?: Float32Array): WasmGraph {
  const capacity = data.length / dimension;
  const graph = core.createGraph({ dimension, metric, m: 8, efConstruction: 60, capacity, seed: 3, mean }) as WasmGraph;
  graph.append(data);
  return graph;
}

const dotOf = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe("the kernel of int8 codes", () => {
  it("agrees with f64 in every dimension from 1 to 67, and beyond", () => {
    for (const dimension of [...Array.from({ length: 67 }, (_, i) => i + 1), 100, 129, 768]) {
      const data = clusteredVectors(9, dimension, SEED + dimension);
      for (const metric of METRICS) {
        const graph = graphOf(dimension, metric, data);
        const { scratches } = graph.place;
        const query = clusteredVectors(1, dimension, 5);
        new Float32Array(graph.memory.buffer, scratches[0]!.input, dimension).set(query);
        new Uint32Array(graph.memory.buffer, scratches[0]!.list, 9).set([0, 1, 2, 3, 4, 5, 6, 7, 8]);
        graph.exports.probeScores(graph.header, scratches[0]!.address, 9);
        const scores = new Float32Array(graph.memory.buffer, scratches[0]!.scores, 9);
        for (let slot = 0; slot < 9; slot++) {
          const decoded = decode(graph, slot, dimension, metric, data);
          const expected = referenceDistance(metric, query, decoded);
          const size = metric === "cosine" ? 1 : referenceDistance("euclidean", query, new Float32Array(dimension));
          expect(Math.abs(scores[slot]! - expected), `${metric}, ${dimension} dimensions`).toBeLessThan(
            5e-4 * Math.max(1, size),
          );
        }
        void graph.release();
      }
    }
  });
});

/** The vector that a code stands for. */
function decode(graph: WasmGraph, slot: number, dimension: number, metric: Metric, data: Float32Array): Float32Array {
  const { code } = codeOf(graph, slot);
  const vector = data.subarray(slot * dimension, (slot + 1) * dimension);
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const step = metric === "cosine" ? 1 : largest / 127;
  return Float32Array.from({ length: dimension }, (_, i) => code[i]! * step);
}

describe("a sketch", () => {
  it.each([64, 100, 112, 128, 131, 200, 320, 768])(
    "holds the levels of the rotated code, in %i dimensions",
    (dimension) => {
      const graph = graphOf(dimension, "dot", clusteredVectors(40, dimension, SEED));
      for (let slot = 0; slot < 40; slot++) {
        const { code, scale, bias } = codeOf(graph, slot);
        const rotated = referenceRotation(code);
        const sketch = sketchOf(graph, slot);
        const rms = Math.sqrt(dotOf(code, code) / code.length);
        rotated.forEach((value, i) => {
          const magnitude = graph.place.sketchPlanes === 2 && Math.abs(value) >= rms ? 1.5 : 0.5;
          // Too close to a border for f32 to tell.
          if (Math.abs(value) < 1e-3 || Math.abs(Math.abs(value) - rms) < 1e-3) return;
          expect(sketch.levels[i]).toBe(Math.sign(value) * magnitude);
        });
        expect(sketch.factor / ((dotOf(code, code) / dotOf(rotated, sketch.levels)) * scale)).toBeCloseTo(1, 3);
        expect(sketch.bias).toBe(bias);
      }
      void graph.release();
    },
  );

  it("estimates dot products without bias, and as closely as it says", () => {
    for (const dimension of [64, 100, 300, 512, 768]) {
      const graph = graphOf(dimension, "cosine", clusteredVectors(400, dimension, SEED));
      let sum = 0;
      let squares = 0;
      for (let slot = 0; slot + 1 < 400; slot++) {
        const query = referenceRotation(codeOf(graph, slot + 1).code);
        const { levels, factor } = sketchOf(graph, slot);
        const { code, scale } = codeOf(graph, slot);
        const error = factor * dotOf(query, levels) - scale * dotOf(referenceRotation(code), query);
        const deviations = error / (0.31 * factor * Math.sqrt(dotOf(query, query)));
        sum += deviations;
        squares += deviations ** 2;
      }
      expect(Math.abs(sum / 399), `${dimension} dimensions`).toBeLessThan(0.25);
      expect(Math.sqrt(squares / 399), `${dimension} dimensions`).toBeGreaterThan(0.6);
      expect(Math.sqrt(squares / 399), `${dimension} dimensions`).toBeLessThan(1.3);
      void graph.release();
    }
  });

  it("lets exactly those slots pass whose estimate is closer than the worst", () => {
    for (const dimension of [64, 65, 100, 128, 129, 200, 320, 333, 768]) {
      for (const metric of METRICS) {
        const data = clusteredVectors(200, dimension, SEED);
        const graph = graphOf(dimension, metric, data, metric === "cosine" ? undefined : data.slice(0, dimension));
        const estimates = estimatesOf(graph, clusteredVectors(1, dimension, 77));
        const sorted = [...estimates].sort((a, b) => a - b);
        for (const rank of [0, 20, 100, 199]) {
          // Between two estimates, so that rounding decides nothing.
          const worst = rank === 199 ? sorted[199]! + 1 : (sorted[rank]! + sorted[rank + 1]!) / 2;
          const kept = siftAll(graph, worst);
          expect(kept, `${metric}, ${dimension} dimensions`).toEqual(
            [...estimates.keys()].filter((slot) => estimates[slot]! < worst),
          );
        }
        void graph.release();
      }
    }
  });

  function siftAll(graph: WasmGraph, worst: number): number[] {
    const { address, list } = graph.place.scratches[0]!;
    const slots = new Uint32Array(graph.memory.buffer, list, 200);
    for (let slot = 0; slot < 200; slot++) slots[slot] = slot;
    return [...slots.subarray(0, graph.exports.probeSift(graph.header, address, 200, worst))];
  }

  /** By the definition, in f64, from the planes of the query that the core wrote. */
  function estimatesOf(graph: WasmGraph, query: Float32Array): Float64Array {
    const { input, address, query: wide } = graph.place.scratches[0]!;
    new Float32Array(graph.memory.buffer, input, query.length).set(query);
    graph.exports.probeSift(graph.header, address, 0, 0);
    const code = Float64Array.from(new Int16Array(graph.memory.buffer, wide, graph.place.codeBytes));
    const rotated = referenceRotation(code);
    const step = rotated.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 7;
    const rounded = roundedQueryOf(graph);
    rounded.forEach((value, i) => {
      expect(Math.abs(value - rotated[i]! / step)).toBeLessThan(0.51);
    });
    // distance = bias of the query + bias of the code - scale of the query * dot; probed with one code.
    const { scale, bias } = queryScaleOf(graph, code);
    const margin = 0.7 * 0.31 * Math.sqrt(dotOf(code, code));
    return Float64Array.from({ length: 200 }, (_, slot) => {
      const sketch = sketchOf(graph, slot);
      return bias + sketch.bias - scale * sketch.factor * (step * dotOf(rounded, sketch.levels) + margin);
    });
  }

  /** Scale and bias of the query, solved from the exact distances of two codes. */
  function queryScaleOf(graph: WasmGraph, query: Float64Array): { scale: number; bias: number } {
    const { list, scores, address } = graph.place.scratches[0]!;
    const all = Array.from({ length: 200 }, (_, slot) => {
      const { code, scale, bias } = codeOf(graph, slot);
      return { slot, dot: scale * dotOf(code, query), bias };
    }).sort((a, b) => a.dot - b.dot);
    const [low, high] = [all[0]!, all[199]!];
    new Uint32Array(graph.memory.buffer, list, 2).set([low.slot, high.slot]);
    graph.exports.probeScores(graph.header, address, 2);
    const [lowScore, highScore] = new Float32Array(graph.memory.buffer, scores, 2);
    const scale = (lowScore! - low.bias - (highScore! - high.bias)) / (high.dot - low.dot);
    return { scale, bias: lowScore! - low.bias + scale * low.dot };
  }

  it("spares most codes and loses next to no recall", () => {
    for (const [dimension, metric] of [
      [100, "cosine"],
      [100, "euclidean"],
      [384, "dot"],
    ] as const) {
      const data = clusteredVectors(4_000, dimension, SEED);
      const graph = graphOf(dimension, metric, data);
      while (graph.indexed < graph.count) graph.exports.build(graph.header, graph.scratches[0]!, 500);
      const queries = clusteredVectors(60, dimension, SEED + 1);
      const sifted = measure(graph, queries, dimension, metric, data);
      new Uint32Array(graph.memory.buffer)[(graph.header + layout.HEADER_SKETCH_PLANES) / 4] = 0;
      const plain = measure(graph, queries, dimension, metric, data);
      expect(sifted.computed / plain.computed, metric).toBeLessThan(0.8);
      expect(sifted.recall, metric).toBeGreaterThan(plain.recall - 0.015);
      void graph.release();
    }
  });

  function measure(graph: WasmGraph, queries: Float32Array, dimension: number, metric: Metric, data: Float32Array) {
    let found = 0;
    let computed = 0;
    for (let i = 0; i < 60; i++) {
      const query = queries.subarray(i * dimension, (i + 1) * dimension);
      const distances = Array.from({ length: graph.count }, (_, slot) =>
        referenceDistance(metric, query, data.subarray(slot * dimension, (slot + 1) * dimension)),
      );
      const truth = [...distances.keys()].sort((a, b) => distances[a]! - distances[b]!).slice(0, 10);
      const search = graph.search(query, 120);
      const slots = new Set(search.slots.subarray(0, 20));
      found += truth.filter((slot) => slots.has(slot)).length;
      computed += search.computed;
    }
    return { recall: found / 600, computed };
  }
});

describe("the deviation that a search reports", () => {
  it.each(METRICS)("is that of distances on codes from distances of vectors, under %s", (metric) => {
    for (const dimension of [20, 100, 384]) {
      const data = clusteredVectors(1_500, dimension, SEED);
      const mean = metric === "cosine" ? undefined : data.slice(0, dimension);
      const graph = graphOf(dimension, metric, data, mean);
      while (graph.indexed < graph.count) graph.exports.build(graph.header, graph.scratches[0]!, 500);
      let squares = 0;
      let variances = 0;
      for (let i = 0; i < 30; i++) {
        const query = data.slice(i * dimension, (i + 1) * dimension).map((value, at) => value + ((at % 3) - 1) * 0.1);
        const { slots, distances, deviation } = graph.search(query, 32);
        for (const [at, slot] of slots.entries()) {
          const vector = data.subarray(slot * dimension, (slot + 1) * dimension);
          squares += (distances[at]! - referenceDistance(metric, query, vector)) ** 2;
          variances += deviation ** 2;
        }
      }
      const ratio = Math.sqrt(squares / variances);
      expect(ratio, `${metric}, ${dimension} dimensions`).toBeGreaterThan(metric === "euclidean" ? 0.05 : 0.4);
      expect(ratio, `${metric}, ${dimension} dimensions`).toBeLessThan(1.5);
      void graph.release();
    }
  });
});

describe("a graph that was saved", () => {
  const STRIDE = (2 * 112) / 8 + 4;
  /** The last word of the head: bytes of a sketch, and their rule. */
  const WORD = 11;

  it.each<[string, number | undefined, number]>([
    ["with them", undefined, 0],
    ["without them", 0, -3_000 * STRIDE],
    ["with sketches of another rule", 7 * 65_536 + STRIDE, 0],
    ["with sketches of another length", 65_536 + STRIDE + 4, 3_000 * 4],
  ])("%s has its sketches again", async (_, word, growth) => {
    const data = clusteredVectors(3_000, 100, SEED);
    const graph = graphOf(100, "cosine", data);
    while (graph.indexed < graph.count) graph.exports.build(graph.header, graph.scratches[0]!, 500);
    const saved = Buffer.concat([...graph.save()].map((chunk) => Buffer.from(chunk)));
    expect(saved).toHaveLength(graph.savedBytes);
    if (word !== undefined) saved.writeUInt32LE(word, 4 * WORD);
    const bytes = Buffer.concat([saved], saved.length + growth);
    let at = 0;
    const options = { dimension: 100, metric: "cosine", m: 8, efConstruction: 60, capacity: 5_000, seed: 3 } as const;
    const loaded = (await core.loadGraph({ ...options, indexed: 3_000 }, async (into) => {
      into.set(bytes.subarray(at, at + into.length));
      at += into.length;
    })) as WasmGraph;
    expect(at).toBe(bytes.length);
    const random = createRandom(SEED);
    for (let i = 0; i < 50; i++) {
      const slot = Math.floor(random() * 3_000);
      expect(sketchOf(loaded, slot)).toEqual(sketchOf(graph, slot));
    }
    void graph.release();
    void loaded.release();
  });
});
