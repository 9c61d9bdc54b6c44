// The true nearest neighbors: every query compared with every vector, on all cores, kept in the cache.
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { ExactSearch, K } from "./exact-search.mjs";
import { CACHE } from "./report.mjs";

export { K } from "./exact-search.mjs";

/** Fewer multiplications than this are done at once: a thread costs more. */
const THREADS_FROM = 1e9;
/** A thread holds the chunk it compares and the next one. */
const CHUNKS_AHEAD = 2;

/**
 * @typedef {object} Question
 * @property {string} name       names the answer in the cache: the same name must mean the same vectors and queries
 * @property {number} count      base vectors
 * @property {number} dimension
 * @property {Float32Array[]} queries
 * @property {() => Iterable<{from: number, vectors: Float32Array}>} chunks  the base vectors, in order
 */

/**
 * @param {Question} question
 * @returns {Promise<Uint32Array>}  u32[queries * K], positions of the nearest by cosine, nearest first
 * Cost: about 0.7 ns a component of every pair, on each core.
 */
export async function createTruth(question) {
  const path = join(CACHE, `truth-${question.name}-k${K}.bin`);
  if (existsSync(path)) return new Uint32Array(new Uint8Array(readFileSync(path)).buffer);
  console.log(`comparing ${question.queries.length} queries with all of ${question.count} vectors (once)`);
  const truth = await nearestOfAll(question);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, new Uint8Array(truth.buffer));
  renameSync(`${path}.${process.pid}`, path); // a reader beside this one sees all of it or none
  return truth;
}

/** @param {Omit<Question, "name">} question */
export async function nearestOfAll(question, { threadsFrom = THREADS_FROM } = {}) {
  const { count, dimension, queries, chunks } = question;
  if (count * dimension * queries.length >= threadsFrom) return inThreads(question);
  const search = new ExactSearch(dimension, queries);
  for (const { from, vectors } of chunks()) search.add(from, vectors);
  return search.slots;
}

async function inThreads({ dimension, queries, chunks }) {
  const threads = Array.from({ length: availableParallelism() }, () => createThread({ dimension, queries }));
  try {
    let turn = 0;
    for (const { from, vectors } of inPieces(chunks(), dimension)) {
      const thread = threads[turn++ % threads.length];
      await thread.ready();
      thread.add({ from, vectors: vectors.slice() });
    }
    const search = new ExactSearch(dimension, queries);
    for (const thread of threads) search.join(await thread.end());
    return search.slots;
  } finally {
    for (const { worker } of threads) await worker.terminate();
  }
}

const PIECE_VECTORS = 4_096;

/** The same vectors in pieces that threads can share out. */
function* inPieces(chunks, dimension) {
  for (const { from, vectors } of chunks) {
    const count = vectors.length / dimension;
    for (let first = 0; first < count; first += PIECE_VECTORS) {
      const piece = vectors.subarray(first * dimension, Math.min(count, first + PIECE_VECTORS) * dimension);
      yield { from: from + first, vectors: piece };
    }
  }
}

/** Messages are counted as they come: two may come in one turn, and `once` would miss the second. */
function createThread(workerData) {
  const worker = new Worker(new URL("./exact-worker.mjs", import.meta.url), { workerData });
  let unanswered = 0;
  let last;
  worker.on("message", (message) => {
    unanswered--;
    last = message;
  });
  const send = (message, transfer) => {
    unanswered++;
    worker.postMessage(message, transfer);
  };
  const until = async (most) => {
    while (unanswered > most) await once(worker, "message");
  };
  return {
    worker,
    ready: () => until(CHUNKS_AHEAD - 1),
    add: (chunk) => send(chunk, [chunk.vectors.buffer]),
    async end() {
      send("end");
      await until(0);
      return last;
    },
  };
}
