import type { Core } from "../../core/core.js";
import type { Metric } from "../../model/namespace.js";
import { vectorIndexCases } from "../vector-index.cases.js";
import { HnswIndex } from "./hnsw-index.js";

interface Options {
  dimension: number;
  metric: Metric;
  sample: Float32Array;
}

function meanOf(sample: Float32Array, dimension: number): Float32Array {
  const sums = new Float64Array(dimension);
  for (let i = 0; i < sample.length; i++) sums[i % dimension]! += sample[i]!;
  return Float32Array.from(sums, (sum) => sum / (sample.length / dimension));
}

function create(core: Core, { dimension, metric, sample }: Options): HnswIndex {
  const mean = metric === "cosine" ? {} : { mean: meanOf(sample, dimension) };
  const graph = core.createGraph({ dimension, metric, m: 16, efConstruction: 200, capacity: 5000, seed: 7, ...mean });
  return new HnswIndex(core.createVectors({ dimension, metric }), graph);
}

for (const threads of [0, 1]) {
  vectorIndexCases({ name: `HnswIndex, ${threads} threads`, threads, recallMin: 0.95, create });
}
