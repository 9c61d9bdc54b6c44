// Every query compared with every vector that is shown.

/** Neighbors that every benchmark asks for. */
export const K = 10;
const QUERY_BLOCK = 4;

/** The best K of each query, by cosine, among the vectors that were added so far. */
export class ExactSearch {
  #dimension;
  #queries;
  #count;
  /** u32[queries * K], nearest first. */
  slots;
  /** f64[queries * K], larger is closer. */
  scores;

  /** @param {number} dimension @param {Float32Array[]} queries */
  constructor(dimension, queries) {
    this.#dimension = dimension;
    this.#count = queries.length;
    // The last block is filled up with zeros, whose scores nobody reads.
    const room = Math.ceil(queries.length / QUERY_BLOCK) * QUERY_BLOCK;
    this.#queries = new Float32Array(room * dimension);
    for (const [at, query] of queries.entries()) this.#queries.set(query, at * dimension);
    this.slots = new Uint32Array(queries.length * K);
    this.scores = new Float64Array(queries.length * K).fill(Number.NEGATIVE_INFINITY);
  }

  /** `from` is the position of the first of `vectors`. The queries' lengths change no order, and stay as they are. */
  add(from, vectors) {
    const dimension = this.#dimension;
    for (let at = 0, slot = from; at < vectors.length; at += dimension, slot++) {
      const scale = 1 / lengthOf(vectors, at, dimension);
      for (let first = 0; first < this.#count; first += QUERY_BLOCK) this.#score(first, vectors, at, slot, scale);
    }
  }

  /** Takes over what another search found among other vectors for the same queries. */
  join({ slots, scores }) {
    for (let at = 0; at < slots.length; at++) this.#offer(Math.floor(at / K), slots[at], scores[at]);
  }

  /** Four queries at a time: their sums do not wait for each other. */
  #score(first, vectors, at, slot, scale) {
    const dimension = this.#dimension;
    const queries = this.#queries;
    const q0 = first * dimension;
    const q1 = q0 + dimension;
    const q2 = q1 + dimension;
    const q3 = q2 + dimension;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < dimension; i++) {
      const value = vectors[at + i];
      s0 += value * queries[q0 + i];
      s1 += value * queries[q1 + i];
      s2 += value * queries[q2 + i];
      s3 += value * queries[q3 + i];
    }
    this.#offer(first, slot, s0 * scale);
    this.#offer(first + 1, slot, s1 * scale);
    this.#offer(first + 2, slot, s2 * scale);
    this.#offer(first + 3, slot, s3 * scale);
  }

  #offer(query, slot, score) {
    const { scores, slots } = this;
    const start = query * K;
    let at = start + K - 1;
    // NaN too is turned away: a vector of zeros has no direction.
    if (query >= this.#count || !(score > scores[at])) return;
    for (; at > start && scores[at - 1] < score; at--) {
      scores[at] = scores[at - 1];
      slots[at] = slots[at - 1];
    }
    scores[at] = score;
    slots[at] = slot;
  }
}

function lengthOf(vectors, at, dimension) {
  let square = 0;
  for (let i = at; i < at + dimension; i++) square += vectors[i] * vectors[i];
  return Math.sqrt(square);
}
