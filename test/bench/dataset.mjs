// Base vectors, queries that are not among them, and the true nearest neighbors of each query.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadGlove } from "../../demo/glove.mjs";
import { vectorAt } from "../../demo/words.mjs";
import { CACHE } from "./report.mjs";

const QUERIES = 1_000;
export const K = 10;

/**
 * @typedef {object} Dataset
 * @property {string} name
 * @property {number} dimension
 * @property {Float32Array} base      f32[count * dimension]
 * @property {number} count
 * @property {Float32Array[]} queries
 * @property {Uint32Array} truth      u32[queries * K], positions in base, nearest first
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
  const base = new Float32Array(count * dimension);
  for (let slot = 0; slot < count; slot++) base.set(vectorAt(words, order[QUERIES + slot]), slot * dimension);
  const name = `glove-100d, ${count.toLocaleString("en-US")} vectors`;
  return { name, dimension, base, count, queries, truth: truthOf(`glove-${count}`, base, count, dimension, queries) };
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

function truthOf(name, base, count, dimension, queries) {
  const path = join(CACHE, `truth-${name}-k${K}.bin`);
  if (existsSync(path)) return new Uint32Array(new Uint8Array(readFileSync(path)).buffer);
  console.log(`comparing ${queries.length} queries with all of ${count} vectors (once)`);
  const unit = normalized(base, count, dimension);
  const truth = new Uint32Array(queries.length * K);
  for (const [at, query] of queries.entries()) truth.set(nearest(unit, count, dimension, query), at * K);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(path, new Uint8Array(truth.buffer));
  return truth;
}

function normalized(base, count, dimension) {
  const unit = new Float32Array(base.length);
  for (let slot = 0; slot < count; slot++) {
    let square = 0;
    for (let i = slot * dimension; i < (slot + 1) * dimension; i++) square += base[i] * base[i];
    const scale = 1 / Math.sqrt(square);
    for (let i = slot * dimension; i < (slot + 1) * dimension; i++) unit[i] = base[i] * scale;
  }
  return unit;
}

/** The K slots of largest dot product; the query's length changes no order. */
function nearest(unit, count, dimension, query) {
  const best = [];
  let worst = Number.NEGATIVE_INFINITY;
  for (let slot = 0, at = 0; slot < count; slot++, at += dimension) {
    let dot = 0;
    for (let i = 0; i < dimension; i++) dot += unit[at + i] * query[i];
    if (dot <= worst && best.length === K) continue;
    best.push({ slot, dot });
    best.sort((a, b) => b.dot - a.dot);
    if (best.length > K) best.pop();
    worst = best.at(-1).dot;
  }
  return best.map(({ slot }) => slot);
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
