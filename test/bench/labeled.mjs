// Records and queries with topics, of which vector and text each tell a part: what is relevant is known, so the quality of an
// answer can be measured.
//
// A topic has a center and some words. A record's vector is the center of its topic and noise; its text is mostly words that
// everyone uses, and some of the topic's, which other topics have too. The noise of the two is independent: where one misleads, the
// other helps. The same numbers, and the same seed, give the same set on every machine.

const TOPIC_WORDS = 6;
/** Topics share their words: each word belongs to so many of them. */
const TOPICS_PER_WORD = 3;
const COMMON_WORDS = 4_000;

/**
 * @typedef {object} Labeled
 * @property {{id: string, vector: Float32Array, text: string, sparse: {indices: number[], values: number[]}}[]} records
 * @property {{vector: Float32Array, text: string, sparse: {indices: number[], values: number[]}, relevant: Set<string>}[]} queries
 */

/**
 * @param {object} of
 * @param {number} of.records
 * @param {number} of.topics
 * @param {number} of.queries
 * @param {number} of.dimension
 * @param {number} of.words  of a text, on average
 * @param {number} of.noise  length of the noise of a vector, in times of its center's
 * @param {number} of.aboutTopic  share of a text's words that are its topic's
 * @param {number} of.seed
 * @returns {Labeled}
 */
export function createLabeled({
  records: count,
  topics: topicCount,
  queries: asked,
  dimension,
  words,
  noise,
  aboutTopic,
  seed,
}) {
  const random = createRandom(seed);
  const pool = Math.ceil((topicCount * TOPIC_WORDS) / TOPICS_PER_WORD);
  const topics = Array.from({ length: topicCount }, () => ({
    center: direction(random, dimension),
    words: Array.from({ length: TOPIC_WORDS }, () => Math.floor(random() * pool)),
    relevant: new Set(),
  }));
  const make = (topic, length) => {
    const numbers = Array.from({ length }, () =>
      random() < aboutTopic
        ? COMMON_WORDS + topic.words[Math.floor(random() * TOPIC_WORDS)]
        : Math.floor(random() ** 3 * COMMON_WORDS),
    );
    const off = direction(random, dimension);
    const vector = topic.center.map((value, i) => value + noise * off[i]);
    return {
      vector,
      text: numbers.map((number) => `w${String(number).padStart(5, "0")}`).join(" "),
      sparse: weigh(numbers),
    };
  };
  const records = Array.from({ length: count }, (_, i) => {
    const topic = topics[Math.floor(random() * topicCount)];
    const id = `r${i}`;
    topic.relevant.add(id);
    return { id, ...make(topic, Math.ceil(words * (0.5 + random()))) };
  });
  const queries = Array.from({ length: asked }, () => {
    const topic = topics[Math.floor(random() * topicCount)];
    const { vector, text, sparse } = make(topic, 6);
    return { vector, text, sparse, relevant: topic.relevant };
  });
  return { records, queries };
}

/**
 * How good an answer is, where a record is relevant or not.
 *
 * @param {readonly string[]} ids  best first
 * @param {Set<string>} relevant
 * @param {number} k
 * @returns {{ndcg: number, recall: number}}  normalized discounted cumulative gain at k, and the share of min(k, relevant) that was found
 */
export function qualityOf(ids, relevant, k) {
  const ideal = Math.min(k, relevant.size);
  let [gain, best, found] = [0, 0, 0];
  for (let i = 0; i < k; i++) {
    const worth = 1 / Math.log2(i + 2);
    if (i < ideal) best += worth;
    if (!relevant.has(ids[i])) continue;
    gain += worth;
    found++;
  }
  return { ndcg: ideal === 0 ? 1 : gain / best, recall: ideal === 0 ? 1 : found / ideal };
}

/** Words and how often: a sparse vector, as an encoder that knows nothing of meaning would make it. */
function weigh(numbers) {
  const counts = new Map();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  const indices = [...counts.keys()].sort((a, b) => a - b);
  // Common words weigh little: their numbers are small.
  const values = indices.map((number) => Math.log1p(counts.get(number)) * Math.log2(2 + number));
  return { indices, values };
}

/** A vector of length 1. */
function direction(random, dimension) {
  const vector = Float32Array.from({ length: dimension }, () => normal(random));
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Box and Muller. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Mulberry32: 0 to 1. */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
