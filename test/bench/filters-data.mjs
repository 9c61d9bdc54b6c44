// Filters of a known selectivity, which have nothing to do with the query, keep what is close to it, or leave out just that.
//
// Each record has `random`, its place in a random order, and `near0` to `near15`, its place in the order of distance from each of
// 16 centers, which are records too. A range of places is a filter with an exact number of matches.
import { K } from "./exact-search.mjs";

const CENTERS = 16;
const SEED = 0x2545f491;

/** How a filter lies to a query. */
export const KINDS = ["random", "correlated", "anti-correlated"];

/**
 * @typedef {object} Places
 * @property {Float32Array[]} centers
 * @property {Uint32Array} random   u32[count], of each record
 * @property {Uint32Array[]} near   of each center u32[count]: 0 is the closest record
 */

/** @param {import("./dataset.mjs").Dataset} dataset @returns {Places} */
export function placesOf({ vectors, count, dimension }) {
  const next = randomIntegers(SEED);
  const random = Uint32Array.from({ length: count }, (_, at) => at);
  for (let last = count - 1; last > 0; last--) {
    const other = next() % (last + 1);
    [random[last], random[other]] = [random[other], random[last]];
  }
  const centers = Array.from({ length: CENTERS }, () => {
    const at = next() % count;
    return vectors.slice(at * dimension, (at + 1) * dimension);
  });
  return { centers, random, near: centers.map((center) => ranksOf(similarities(center, vectors, count))) };
}

/** The metadata of a record. @param {Places} places @param {number} at */
export function metadataOf({ random, near }, at) {
  return { random: random[at], ...Object.fromEntries(near.map((ranks, center) => [`near${center}`, ranks[at]])) };
}

/**
 * What one query asks for in one cell of the table.
 *
 * @param {object} cell
 * @param {string} cell.kind   of KINDS
 * @param {number} cell.matches
 * @param {Places} places
 * @param {Float32Array} query
 * @param {number} turn  of the query, from 0: no two turns have the same filter, although the matches may be the same
 * @returns {{field: string, low: number, high: number, ranks: Uint32Array, filter: string}}  places from low to high - 1 match
 */
export function filterFor({ kind, matches }, places, query, turn) {
  const { ranks, field } = orderFor(kind, places, query);
  const count = ranks.length;
  const low = { random: (turn * 7_919) % (count - matches + 1), correlated: 0, "anti-correlated": count - matches }[
    kind
  ];
  const high = low + matches;
  // Ends between two places, where nothing lies: another text for the same matches.
  const [from, to] = [low, high].map((end) => end - 0.5 - turn / 1e5);
  return { field, low, high, ranks, filter: `${field} BETWEEN ${from} AND ${to}` };
}

/** A filter by nearness goes by that center which is closest to the query. */
function orderFor(kind, { centers, random, near }, query) {
  if (kind === "random") return { ranks: random, field: "random" };
  const scores = centers.map((center) => cosine(center, query));
  const center = scores.indexOf(Math.max(...scores));
  return { ranks: near[center], field: `near${center}` };
}

/**
 * The closest of the records that match, nearest first, min(K, matches) of them.
 *
 * @param {{low: number, high: number, ranks: Uint32Array}} range
 * @param {Float32Array} scores  f32[count], larger is closer
 */
export function closestMatches({ low, high, ranks }, scores) {
  const best = [];
  let worst = Number.NEGATIVE_INFINITY;
  for (let slot = 0; slot < ranks.length; slot++) {
    if (ranks[slot] < low || ranks[slot] >= high || (best.length === K && scores[slot] <= worst)) continue;
    const at = best.findIndex((other) => scores[other] < scores[slot]);
    best.splice(at < 0 ? best.length : at, 0, slot);
    if (best.length > K) best.pop();
    worst = scores[best.at(-1)];
  }
  return best;
}

/** The cosine of one vector with each of `count` others: f32[count]. */
export function similarities(query, vectors, count) {
  const dimension = query.length;
  const scores = new Float32Array(count);
  for (let slot = 0, at = 0; slot < count; slot++, at += dimension) {
    let dot = 0;
    let square = 0;
    for (let i = 0; i < dimension; i++) {
      const value = vectors[at + i];
      dot += value * query[i];
      square += value * value;
    }
    scores[slot] = dot / Math.sqrt(square);
  }
  return scores;
}

function cosine(a, b) {
  let [dot, square] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    square += a[i] * a[i];
  }
  return dot / Math.sqrt(square);
}

/** Places from the largest score on: the largest has 0. */
function ranksOf(scores) {
  const order = Uint32Array.from(scores, (_, at) => at).sort((a, b) => scores[b] - scores[a]);
  const ranks = new Uint32Array(scores.length);
  for (const [rank, at] of order.entries()) ranks[at] = rank;
  return ranks;
}

function randomIntegers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
