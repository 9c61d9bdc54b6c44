import type { FilteredReach, Graph, Reach } from "../core/graph.js";
import { LIMITS } from "../limits.js";
import type { Segment } from "../segment/segment.js";
import type { SegmentView } from "./view.js";

/** Whose records are searched. */
type Records = Pick<Segment, "metric" | "vectorOf">;

/** How far a graph search looks. */
export interface SearchWidth {
  /** Candidates kept at most. */
  readonly ef: number;
  /** Absent where only their number ends the search. */
  readonly reach: Reach | undefined;
}

/** How the distances from a record grow with the rank of its neighbors, in one graph. */
export interface Growth {
  /** The distance of the r-th neighbor is about as r to this power. */
  readonly exponent: number;
  /** The longest vector of a sample under dot, 0 else. */
  readonly longest: number;
}

interface Measured {
  readonly growth: Growth | undefined;
  /** Slots that were linked then. */
  readonly indexed: number;
}

/** Records whose neighborhoods are looked at. */
const SAMPLES = 16;
/** Samples that must have told something: neighbors at the same place tell nothing. */
const SAMPLES_MIN = 8;
/** The ranks whose distances are compared, and the candidates that find them. */
const NEAR_RANK = 10;
const FAR_RANK = 128;
const SAMPLE_EF = 160;
/** In a smaller graph neighborhoods end at its border. */
const INDEXED_MIN = 1_000;

/** The rank that others are held against: the last result, or this one, since a single neighbor may be near by chance. */
const RANK_MIN = 10;
/** As PLAIN_SHARE of the core; and the power of the share that candidates of an unfiltered walk need fewer by. */
const RARE_SHARE = 0.06;
const RARE_POWER = 11 / 16;
/** The most candidates that a hard query keeps, for each that a usual one keeps. */
const EF_FACTOR = 4;

const measured = new WeakMap<Graph, Measured>();

/**
 * How far a search by `ef` looks: as far as the ef-th neighbor of a usual record lies, measured by where its own results lie. So a
 * query that has its results far ahead of all others ends early, and one that has many at about the same distance looks at more: at
 * equal recall the nodes are 0.8 to 0.6 of those of a fixed number, on word vectors.
 *
 * @param query  f32[dimension]
 * @param need   rank of the last result that is wanted, at most `ef`
 * Cost: some milliseconds when it is first asked of a graph, and again when that has twice as many slots.
 * Source: distances that end a search, Al-Jazzazi et al., arXiv:2505.15636; growth by rank as intrinsic dimension, Levina and
 * Bickel, NIPS 2004.
 */
export function widthOf(records: Records, graph: Graph, query: Float32Array, ef: number, need: number): SearchWidth {
  const growth = growthOf(records, graph);
  if (growth === undefined) return { ef, reach: undefined };
  const rank = Math.min(ef, Math.max(need, RANK_MIN));
  const stretch = (ef / rank) ** growth.exponent;
  const offset = growth.longest === 0 ? 0 : growth.longest * lengthOf(query);
  return { ef: Math.min(LIMITS.efMax, EF_FACTOR * ef), reach: { rank, stretch, offset } };
}

/** As `widthOf`, for `need` results that a view sees: about the rank of the last one among all slots, dead ones included. */
export function widthIn(
  { segment, count, visible }: SegmentView,
  graph: Graph,
  query: Float32Array,
  ef: number,
  need: number,
): SearchWidth {
  return widthOf(segment, graph, query, ef, Math.min(ef, Math.ceil((need * count) / Math.max(1, visible))));
}

/** As `widthOf`, of a search under a filter. */
export function filteredReachOf(
  segment: Segment,
  graph: Graph,
  query: Float32Array,
  ef: number,
  need: number,
): FilteredReach | undefined {
  const { reach } = widthOf(segment, graph, query, ef, need);
  if (reach === undefined) return undefined;
  // Of a walk that leaves most out, so many fewer candidates do.
  const { exponent } = growthOf(segment, graph)!;
  return { ...reach, rareStretch: Math.max(1, reach.stretch * RARE_SHARE ** (RARE_POWER * exponent)) };
}

/** Whether two searches look as far as each other, but for what depends on the query. */
export function isAsWide(a: SearchWidth, b: SearchWidth): boolean {
  return a.ef === b.ef && a.reach?.rank === b.reach?.rank && a.reach?.stretch === b.reach?.stretch;
}

/** Undefined while there is too little to tell it from. */
export function growthOf(records: Records, graph: Graph): Growth | undefined {
  const { indexed } = graph;
  if (indexed < INDEXED_MIN) return undefined;
  const known = measured.get(graph);
  if (known !== undefined && indexed < 2 * known.indexed) return known.growth;
  const growth = measure(records, graph, indexed);
  measured.set(graph, { growth, indexed });
  return growth;
}

function measure(records: Records, graph: Graph, indexed: number): Growth | undefined {
  const slots = Array.from({ length: SAMPLES }, (_, i) => Math.floor(((i + 0.5) * indexed) / SAMPLES));
  const vectors = slots.map((slot) => records.vectorOf(slot));
  const longest = records.metric === "dot" ? Math.max(...vectors.map(lengthOf)) : 0;
  const exponents = [];
  for (const vector of vectors) {
    const { count, distances } = graph.search(vector, SAMPLE_EF);
    // The first one is the sample itself.
    if (count <= FAR_RANK) continue;
    const offset = longest * lengthOf(vector);
    const exponent = exponentOf(distances[NEAR_RANK]! + offset, distances[FAR_RANK]! + offset);
    if (exponent !== undefined) exponents.push(exponent);
  }
  if (exponents.length < SAMPLES_MIN) return undefined;
  exponents.sort((a, b) => a - b);
  return { exponent: exponents[exponents.length >> 1]!, longest };
}

function exponentOf(near: number, far: number): number | undefined {
  return near > 0 && far > near ? Math.log(far / near) / Math.log(FAR_RANK / NEAR_RANK) : undefined;
}

function lengthOf(vector: Float32Array): number {
  let squared = 0;
  for (let i = 0; i < vector.length; i++) squared += vector[i]! * vector[i]!;
  return Math.sqrt(squared);
}
