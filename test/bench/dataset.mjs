// Base vectors, queries that are not among them, and the true nearest neighbors of each query.
import { loadGlove } from "../../demo/glove.mjs";
import { vectorAt } from "../../demo/words.mjs";
import { createTruth, K } from "./exact.mjs";

export { K } from "./exact.mjs";

const QUERIES = 1_000;

/**
 * @typedef {object} Dataset
 * @property {string} name
 * @property {number} dimension
 * @property {Float32Array} vectors   f32[count * dimension], the base
 * @property {number} count
 * @property {Float32Array[]} queries
 * @property {Uint32Array} truth      u32[queries * K], positions of the nearest, nearest first
 */

/**
 * Word vectors in a fixed random order: the first 1,000 are the queries, the next `size` the base.
 *
 * @param {number} size  base vectors; more than there are means all
 * @returns {Promise<Dataset>}
 */
export async function gloveDataset(size) {
  const words = await loadGlove(console.log);
  const { dimension } = words;
  const order = shuffled(words.words.length);
  const count = Math.min(size, order.length - QUERIES);
  const queries = Array.from(order.subarray(0, QUERIES), (at) => vectorAt(words, at).slice());
  const vectors = new Float32Array(count * dimension);
  for (let slot = 0; slot < count; slot++) vectors.set(vectorAt(words, order[QUERIES + slot]), slot * dimension);
  const name = `glove-100d, ${count.toLocaleString("en-US")} vectors`;
  const chunks = () => [{ from: 0, vectors }];
  const truth = await createTruth({ name: `glove-${count}`, count, dimension, queries, chunks });
  return { name, dimension, vectors, count, queries, truth };
}

/** 0..count-1 by Fisher and Yates with a fixed seed, the same on every machine. */
function shuffled(count) {
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  let state = 0x9e3779b9;
  for (let last = count - 1; last > 0; last--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const other = (state >>> 0) % (last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** Share of the true neighbors that were found. @param {Dataset} dataset @param {number[][]} answers */
export function recallOf({ truth }, answers) {
  let found = 0;
  for (const [at, answer] of answers.entries()) {
    const wanted = new Set(truth.subarray(at * K, (at + 1) * K));
    for (const slot of answer) if (wanted.has(slot)) found++;
  }
  return found / (answers.length * K);
}
