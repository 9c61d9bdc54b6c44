import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Metric } from "../model/namespace.js";
import { createRandom } from "../storage/random.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors } from "./fixtures.cases.js";

const SEED = 4_711;
const COUNT = 600;
const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

type Shape = (i: number, j: number, random: () => number) => number;

/** What makes codes poor, or distances equal. */
const SHAPES: Readonly<Record<string, Shape>> = {
  "vectors without order": (_i, _j, random) => random() - 0.5,
  "one large component": (i, j, random) => (j === i % 3 ? 100 : 1) * (random() - 0.5),
  "components at half a step": (i, j) => (j === 0 ? 127 : ((i * 31 + j * 17) % 9) + 0.5 - 4),
  "equal vectors": (i, j) => Math.sin((i % 4) + j) + 2,
  "vectors that differ in the last bits": (i, j) => Math.sin(j + 1) * (1 + ((i + j) % 7) * 2 ** -22),
  "short vectors": (_i, _j, random) => 1e-17 * (1 + random()),
  "long vectors": (_i, _j, random) => 1e17 * (random() - 0.5),
  "lengths of all sizes": (i, _j, random) => 10 ** ((i % 30) - 15) * (random() - 0.3),
  "vectors far from the origin": (_i, j, random) => 1e4 * (1 + j) + random(),
  "few values": (i, j) => ((i >> (j % 8)) & 1) + 1,
};

function make(shape: Shape, dimension: number, count: number): Float32Array {
  const random = createRandom(SEED);
  return Float32Array.from({ length: count * dimension }, (_, k) =>
    shape(Math.floor(k / dimension), k % dimension, random),
  );
}

/** A graph and the vectors that it was made of. */
async function load(data: Float32Array, dimension: number, metric: Metric, mean: Float32Array | undefined) {
  const options = { dimension, metric, m: 4, efConstruction: 8, capacity: COUNT, seed: 1 };
  const graph = await core.createGraph({ ...options, ...(mean !== undefined && { mean }) });
  const vectors = core.createVectors({ dimension, metric });
  graph.append(data.subarray(0, COUNT * dimension));
  vectors.append(data.subarray(0, COUNT * dimension));
  const distances = new Float32Array(COUNT);
  const release = async () => {
    vectors.release();
    await graph.release();
  };
  const exact = (query: Float32Array) => {
    vectors.distances(vectors.prepare(query), 0, COUNT, distances);
    return distances;
  };
  return { graph, exact, release };
}

function meanOf(data: Float32Array, dimension: number): Float32Array {
  const mean = new Float32Array(dimension);
  for (let j = 0; j < dimension; j++) for (let i = 0; i < COUNT; i++) mean[j]! += data[i * dimension + j]! / COUNT;
  return mean;
}

describe.each(METRICS)("bounds of codes under %s", (metric) => {
  describe.each(Object.entries(SHAPES))("for %s", (_, shape) => {
    test.each([1, 2, 5, 16, 33, 100, 300])(
      "never leave out a slot that is close enough, in %d dimensions",
      async (dimension) => {
        const data = make(shape, dimension, COUNT + 6);
        const mean = metric === "cosine" ? undefined : meanOf(data, dimension);
        const { graph, exact, release } = await load(data, dimension, metric, mean);
        for (let q = 0; q < 12; q++) {
          // Half of the queries are stored vectors.
          const at = q < 6 ? COUNT + q : q * 40;
          const query = data.slice(at * dimension, (at + 1) * dimension);
          const bound = graph.bound(query);
          const distances = exact(query);
          const sorted = distances.slice().sort();
          for (const k of [0, 1, 9, 99, COUNT - 1]) {
            const kept = new Set(graph.scanBounds(query, bound, 0, COUNT, sorted[k]!));
            for (let slot = 0; slot < COUNT; slot++) {
              if (distances[slot]! <= sorted[k]!) expect(kept.has(slot), `slot ${slot}, place ${k}`).toBe(true);
            }
          }
          expect(graph.scanBounds(query, bound, 3, COUNT, Number.POSITIVE_INFINITY)).toHaveLength(COUNT - 3);
        }
        await release();
      },
    );
  });

  test.each([24, 100, 768])("leave out most of what is far, in %d dimensions", async (dimension) => {
    const data = clusteredVectors(COUNT + 10, dimension, SEED);
    const mean = metric === "cosine" ? undefined : meanOf(data, dimension);
    const { graph, exact, release } = await load(data, dimension, metric, mean);
    let kept = 0;
    for (let q = 0; q < 10; q++) {
      const query = data.slice((COUNT + q) * dimension, (COUNT + q + 1) * dimension);
      const worst = exact(query).slice().sort()[9]!;
      kept += graph.scanBounds(query, graph.bound(query), 0, COUNT, worst).length;
    }
    // Ten are wanted of each query.
    expect(kept / 10).toBeLessThan(40);
    await release();
  });
});
