// Base vectors, queries that are not among them, and the true nearest neighbors of each query.
import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { loadGlove } from "../../demo/glove.mjs";
import { vectorAt } from "../../demo/words.mjs";
import { createTruth, K } from "./exact.mjs";
import { syntheticDataset } from "./synthetic.mjs";
import { openVectorFile, readVectors } from "./vector-file.mjs";

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

/** The options of a benchmark that takes any data; spread them into its own. */
export const dataOptions = {
  data: {
    type: "string",
    default: "glove",
    doc: "glove (100 dimensions), synthetic-768 (any number), or the path of an .fvecs or .npy file",
  },
  queries: { type: "string", default: "", doc: "a file of queries; none: 1,000 vectors of the data are taken out" },
};

/**
 * @param {{data: string, queries: string, size: number}} source  as in `dataOptions`; size: base vectors at most
 * @returns {Promise<Dataset>}
 */
export async function loadDataset({ data, queries, size }) {
  if (data === "glove") return gloveDataset(size);
  const synthetic = /^synthetic-(\d+)$/.exec(data);
  if (synthetic === null) return fileDataset(data, queries, size);
  if (!Number.isFinite(size)) throw new Error("give the number of synthetic vectors: --sizes 100000");
  return syntheticDataset({ count: size, dimension: Number(synthetic[1]) });
}

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
  const queries = Array.from(order.subarray(0, QUERIES), (at) => vectorAt(words, at).slice());
  const picked = order.subarray(QUERIES, Math.min(order.length, QUERIES + size));
  const vectors = pick(words.vectors, dimension, picked);
  return withTruth({ name: "glove-100d", key: "glove", dimension, vectors, queries });
}

/** Vectors of a file in its order; without a file of queries, 1,000 of them are taken out in a fixed random order. */
async function fileDataset(path, queriesPath, size) {
  const file = openVectorFile(path);
  const { dimension } = file;
  const all = readVectors(file, queriesPath === "" ? file.count : size);
  const of = { name: basename(path), key: fileKey(path), dimension };
  if (queriesPath !== "") return withTruth({ ...of, vectors: all, ...queriesOfFile(queriesPath, path, file) });
  if (file.count <= QUERIES) throw new Error(`${path} holds ${file.count} vectors; name a file of queries: --queries`);
  const order = shuffled(file.count);
  const queries = Array.from(order.subarray(0, QUERIES), (at) => all.slice(at * dimension, (at + 1) * dimension));
  const picked = order.subarray(QUERIES, Math.min(order.length, QUERIES + size));
  return withTruth({ ...of, vectors: pick(all, dimension, picked), queries });
}

function queriesOfFile(path, dataPath, { dimension }) {
  const file = openVectorFile(path);
  if (file.dimension !== dimension)
    throw new Error(`${path} has ${file.dimension} dimensions, ${dataPath} has ${dimension}`);
  const flat = readVectors(file, QUERIES);
  const queries = Array.from({ length: flat.length / dimension }, (_, at) =>
    flat.subarray(at * dimension, (at + 1) * dimension),
  );
  return { queries, key: `${fileKey(dataPath)}-${fileKey(path)}` };
}

/** The same file, as far as its size and time tell. */
function fileKey(path) {
  const { size, mtimeMs } = statSync(resolve(path));
  return `${basename(path).replace(/\W/g, "_")}-${size}-${Math.floor(mtimeMs)}`;
}

/** @param {{name: string, key: string, dimension: number, vectors: Float32Array, queries: Float32Array[]}} parts */
async function withTruth({ name, key, dimension, vectors, queries }) {
  const count = vectors.length / dimension;
  const chunks = () => [{ from: 0, vectors }];
  const truth = await createTruth({ name: `${key}-${count}`, count, dimension, queries, chunks });
  return { name: `${name}, ${count.toLocaleString("en-US")} vectors`, dimension, vectors, count, queries, truth };
}

/** Copies the vectors at some positions. */
function pick(vectors, dimension, positions) {
  const picked = new Float32Array(positions.length * dimension);
  for (const [slot, at] of positions.entries())
    picked.set(vectors.subarray(at * dimension, (at + 1) * dimension), slot * dimension);
  return picked;
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

/** Share of the true neighbors that were found. @param {Pick<Dataset, "truth">} dataset @param {ArrayLike<number>[]} answers */
export function recallOf({ truth }, answers) {
  let found = 0;
  for (const [at, answer] of answers.entries()) {
    const wanted = new Set(truth.subarray(at * K, (at + 1) * K));
    for (const slot of answer) if (wanted.has(slot)) found++;
  }
  return found / (answers.length * K);
}
