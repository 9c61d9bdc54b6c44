// The engines that benchmarks compare, by the names that `--engines` takes.
import { hnswlib, hnswlibNative } from "./engines/hnswlib.mjs";
import { lancedb } from "./engines/lancedb.mjs";
import { orama } from "./engines/orama.mjs";
import { usearch } from "./engines/usearch.mjs";
import { vecstore, vecstoreCore, vecstoreDisk } from "./engines/vecstore.mjs";
import { zvec, zvecInt8 } from "./engines/zvec.mjs";

export { createHnswlib } from "./engines/hnswlib.mjs";
export { createVecstore } from "./engines/vecstore.mjs";

/**
 * @typedef {object} Task
 * @property {number} m               links of a node
 * @property {number} efConstruction  candidates while building
 * @property {number} threads         builder threads of the engine, 0: it builds on the thread that calls
 * @property {number} dimension
 * @property {number} count           vectors that will come
 * @property {string} folder          for its files; the caller makes it and removes it
 *
 * @typedef {object} Engine
 * @property {(dataset: {vectors: Float32Array, count: number, dimension: number}) => Promise<void> | void} build
 *   takes all vectors, whose names are their positions, and returns when searches use the index
 * @property {(query: Float32Array) => unknown} prepare  the form the engine wants; not measured
 * @property {(prepared: unknown, ef: number) => number[] | Promise<number[]>} search  positions of the K nearest by cosine
 * @property {(ef: number) => void | Promise<void>} [beforePass]  what a change of ef needs; not measured
 * @property {() => Promise<void> | void} [save]  leaves in the folder what `open` reads
 * @property {() => Promise<void> | void} close
 *
 * @typedef {object} EngineKind
 * @property {string} title
 * @property {string} how        how one thread is made sure of, what is stored, what is measured
 * @property {boolean} [exact]   it compares every vector, and ef means nothing to it
 * @property {Record<string, string>} [env]  variables that its process starts with
 * @property {() => void} install    makes ready what `create` needs
 * @property {() => string} version
 * @property {(task: Task) => Promise<Engine>} create   an empty one
 * @property {(task: Task) => Promise<Engine>} [open]   what `save` left, in a fresh process; absent: it keeps nothing
 */

/** @type {Record<string, EngineKind>} */
export const ENGINES = {
  vecstore,
  "vecstore-core": vecstoreCore,
  "vecstore-disk": vecstoreDisk,
  "hnswlib-native": hnswlibNative,
  hnswlib,
  usearch,
  zvec,
  "zvec-int8": zvecInt8,
  lancedb,
  orama,
};

/** @param {string} names  separated by commas @returns {string[]} @throws for a name that is not there */
export function engineNames(names) {
  return names.split(",").map((name) => {
    if (ENGINES[name] === undefined)
      throw new Error(`there is no engine "${name}"; there are ${Object.keys(ENGINES).join(", ")}`);
    return name;
  });
}
