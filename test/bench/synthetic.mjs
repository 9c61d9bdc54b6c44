// Vectors made by a written rule, for counts and dimensions that no package offers. The vector at a position depends on
// the seed, the dimension and the position only: more vectors never change the ones before, and any part can be made alone.
//
//   vector = mean + sum over j of (center[cluster][j] + normal() * width[j]) * direction[j] + noise
//
//   mean       the same for all, so that two random vectors have a cosine near 0.2, as embeddings do
//   direction  64 random unit vectors; width[j] falls as 1 / sqrt(1 + j / 16), their squares add up to 1
//   center     1,024 clusters, each as far from the mean, direction by direction, as a vector is from its center, so that
//              clusters overlap; a quarter of them holds half of the vectors
//   noise      uniform in each dimension, a tenth of a step's length in all
//
// So the space is wide (all dimensions have variance), while the neighborhood of a vector has about 21 dimensions by the
// estimate of Levina and Bickel, as embeddings of texts do. At 20,000 x 768, hnswlib with m 16 and efConstruction 200 had
// a recall of 0.86 at ef 10, 0.97 at 32 and 0.997 at 128: neither trivial nor random.
import { createTruth } from "./exact.mjs";

/** Part of the name of cached truths: raise it whenever the rule gives other vectors. */
const RULE = 1;
const DIRECTIONS = 64;
const CLUSTERS = 1_024;
const WIDTH_DECAY = 16;
const MEAN = 0.7;
const NOISE = 0.1;
/** What all vectors share is drawn from a stream that no vector has. */
const SHARED = 0xffff_ffff;
/** Queries stand behind all positions that a base vector can have. */
const FIRST_QUERY = 0x8000_0000;
const CHUNK = 4_096;

/**
 * @typedef {object} Shape
 * @property {number} count       base vectors, 1..2^31
 * @property {number} [dimension] 768
 * @property {number} [queries]   1,000
 * @property {number} [seed]      1
 */

/**
 * Base vectors in one array, queries of the same distribution that are not among them, and the ten nearest of each by
 * cosine (computed once, then read from the cache).
 *
 * @param {Shape} shape
 * @returns {Promise<import("./dataset.mjs").Dataset>}
 * Cost: about 45 us a vector of 768 dimensions, 4 bytes a component; the truth compares every query with every vector.
 */
export async function syntheticDataset({ count, dimension = 768, queries: queryCount = 1_000, seed = 1 }) {
  const vectors = new Float32Array(count * dimension);
  for (const { from, vectors: part } of syntheticChunks({ count, dimension, seed }))
    vectors.set(part, from * dimension);
  const queries = syntheticQueries({ dimension, queries: queryCount, seed });
  const truth = await syntheticTruth({ count, dimension, queries: queryCount, seed });
  return { name: syntheticName({ count, dimension }), dimension, vectors, count, queries, truth };
}

/** @param {Shape} shape */
export function syntheticName({ count, dimension = 768 }) {
  return `synthetic-${dimension}d, ${count.toLocaleString("en-US")} vectors`;
}

/**
 * The base vectors in order, a few thousand at a time, for counts that do not fit in memory.
 *
 * @param {Shape & {first?: number}} shape  `first`: the position to begin with, 0
 * @returns {Generator<{from: number, vectors: Float32Array}>}  f32[n * dimension], reused: copy what is kept
 */
export function* syntheticChunks({ count, dimension = 768, seed = 1, first = 0 }) {
  const model = createModel(seed, dimension);
  const room = new Float32Array(CHUNK * dimension);
  for (let from = first; from < count; from += CHUNK) {
    const length = Math.min(CHUNK, count - from);
    for (let i = 0; i < length; i++) writeVector(model, from + i, room, i * dimension);
    yield { from, vectors: room.subarray(0, length * dimension) };
  }
}

/** @param {Omit<Shape, "count">} shape @returns {Float32Array[]} each f32[dimension] */
export function syntheticQueries({ dimension = 768, queries = 1_000, seed = 1 }) {
  const model = createModel(seed, dimension);
  return Array.from({ length: queries }, (_, at) => {
    const query = new Float32Array(dimension);
    writeVector(model, FIRST_QUERY + at, query, 0);
    return query;
  });
}

/**
 * The ten nearest base vectors of each query by cosine, without holding the base vectors.
 *
 * @param {Shape} shape
 * @returns {Promise<Uint32Array>}  u32[queries * K], nearest first
 */
export async function syntheticTruth({ count, dimension = 768, queries = 1_000, seed = 1 }) {
  return createTruth({
    name: `synthetic${RULE}-${dimension}d-seed${seed}-${count}-${queries}`,
    count,
    dimension,
    queries: syntheticQueries({ dimension, queries, seed }),
    chunks: () => syntheticChunks({ count, dimension, seed }),
  });
}

/** What all vectors of a seed share: mean f32[dimension], directions f32[64 * dimension], centers f32[1024 * 64]. */
function createModel(seed, dimension) {
  const random = createRandom(seed, SHARED);
  const mean = unitVectors(random, 1, dimension).map((value) => value * MEAN);
  const directions = unitVectors(random, DIRECTIONS, dimension);
  const widths = stepWidths();
  const centers = Float32Array.from(
    { length: CLUSTERS * DIRECTIONS },
    (_, at) => widths[at % DIRECTIONS] * random.normal(),
  );
  return { seed, dimension, mean, directions, widths, centers, lengths: new Float64Array(DIRECTIONS) };
}

/** f64[DIRECTIONS], the squares add up to 1. */
function stepWidths() {
  const widths = Float64Array.from({ length: DIRECTIONS }, (_, j) => 1 / Math.sqrt(1 + j / WIDTH_DECAY));
  const total = Math.hypot(...widths);
  return widths.map((width) => width / total);
}

/** f32[count * dimension], directions evenly over the sphere. */
function unitVectors(random, count, dimension) {
  const vectors = new Float32Array(count * dimension);
  for (let from = 0; from < vectors.length; from += dimension) {
    let square = 0;
    for (let i = from; i < from + dimension; i++) {
      vectors[i] = random.normal();
      square += vectors[i] * vectors[i];
    }
    const scale = 1 / Math.sqrt(square);
    for (let i = from; i < from + dimension; i++) vectors[i] *= scale;
  }
  return vectors;
}

function writeVector({ seed, dimension, mean, directions, widths, centers, lengths }, position, target, at) {
  const random = createRandom(seed, position);
  const share = random.uniform();
  const center = Math.floor(share * share * CLUSTERS) * DIRECTIONS;
  for (let j = 0; j < DIRECTIONS; j++) lengths[j] = centers[center + j] + widths[j] * random.normal();
  const noise = NOISE * Math.sqrt(3 / dimension); // the variance of uniform(-1, 1) is 1/3
  for (let i = 0; i < dimension; i++) target[at + i] = mean[i] + noise * (2 * random.uniform() - 1);
  for (let j = 0; j < DIRECTIONS; j += 4) addFour(target, at, lengths, directions, j, dimension);
}

/** Four directions at a time: the target is read and written a quarter as often. */
function addFour(target, at, lengths, directions, j, dimension) {
  const [l0, l1, l2, l3] = lengths.subarray(j, j + 4);
  const d0 = j * dimension;
  const d1 = d0 + dimension;
  const d2 = d1 + dimension;
  const d3 = d2 + dimension;
  for (let i = 0; i < dimension; i++)
    target[at + i] +=
      l0 * directions[d0 + i] + l1 * directions[d1 + i] + l2 * directions[d2 + i] + l3 * directions[d3 + i];
}

/** Random numbers by sfc32 (Chris Doty-Humphrey's PractRand), the same on every machine. */
function createRandom(seed, stream) {
  let a = seed | 0;
  let b = stream | 0;
  let c = 0x9e37_79b9;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const uniform = () => next() / 0x1_0000_0000;
  // Box and Muller; 1 - uniform() is never 0.
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
