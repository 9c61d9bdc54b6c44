import type { Graph } from "../core/graph.js";
import { SlotSet } from "../core/slot-set.js";
import type { Metric } from "../model/namespace.js";
import type { Segment } from "../segment/segment.js";

/** What the ways to search a segment cost on this machine, nanoseconds. */
export interface Costs {
  /** Comparing the f32 vector of one slot of many, in no order of memory. */
  readonly vectorNs: number;
  /** Comparing the codes of a set of slots, however few, and of each of them besides. */
  readonly scanNs: number;
  readonly codeNs: number;
  /** An unfiltered graph search, and each of its candidates besides, with all the nodes that are met for it. */
  readonly searchNs: number;
  readonly candidateNs: number;
  /** Slots whose f32 vectors are compared in any case: an exact answer must not hang on what a clock said. */
  readonly exactSlots: number;
}

/** Vectors that are compared in any case: some 50 us. */
const EXACT_BYTES = 256 * 1024;

/** Slots compared in a round: enough to tell, few enough for a fraction of a millisecond. */
const SAMPLE_SLOTS = 1_024;
/** Codes are compared a second time, of so many slots: a few cost mostly what is done once for all of them. */
const LARGE_SAMPLE_SLOTS = 16_384;
/** Graphs are searched twice for the same reason. */
const SAMPLE_EF = 48;
const LARGE_SAMPLE_EF = 192;
/** The fastest round counts: it met an idle processor, and code that was compiled for good. Each has slots of its own. */
const ROUNDS = 4;
const HITS = 40;
/** Milliseconds, before anything was measured. */
const FOREVER = Number.POSITIVE_INFINITY;
const NS_PER_MS = 1e6;

interface Measured extends Costs {
  /** Slots of the segment they were measured on. */
  readonly slots: number;
}

/** By what the costs depend on most. */
const measured = new Map<string, Measured>();

/**
 * Costs of searching a segment with a graph that holds a code at least, measured on it when they are first asked for and again when one is twice as large:
 * a small one lies in the processor's cache and a large one does not.
 *
 * Cost: some milliseconds when it measures.
 */
export function costsOf(segment: Segment, graph: Graph): Costs {
  const key = `${graph.quantization}/${keyOf(segment, segment.metric)}`;
  const known = measured.get(key);
  if (known !== undefined && graph.count < 2 * known.slots) return known;
  const costs = { ...measure(segment, graph), slots: graph.count };
  measured.set(key, costs);
  return costs;
}

function keyOf({ dimension, vectors }: Segment, metric: Metric): string {
  return `${metric}/${dimension}/${vectors.storedCount > 0 ? "disk" : "memory"}`;
}

function measure(segment: Segment, graph: Graph): Costs {
  const { vectors } = segment;
  // Codes follow the vectors: a new graph does not have them all yet.
  const { count } = graph;
  const small = Math.min(SAMPLE_SLOTS, count);
  const large = Math.min(LARGE_SAMPLE_SLOTS, count);
  const slots = new Uint32Array(small);
  const distances = new Float32Array(small);
  const fastest = { vectors: FOREVER, scan: FOREVER, largeScan: FOREVER, search: FOREVER, largeSearch: FOREVER };
  for (let round = 0; round < ROUNDS; round++) {
    const set = spread(count, small, round / ROUNDS);
    const largeSet = spread(count, large, round / ROUNDS);
    let n = 0;
    set.forEach((slot) => {
      slots[n++] = slot;
    });
    const query = segment.vectorOf(slots[round % small]!);
    const prepared = vectors.prepare(query);
    const time = (what: keyof typeof fastest, work: () => unknown) => {
      fastest[what] = Math.min(fastest[what], timeOf(work));
    };
    if (vectors.storedCount === 0) time("vectors", () => vectors.distancesOf(prepared, slots, n, distances));
    time("scan", () => graph.scanSet(query, set, 0, count, HITS));
    time("largeScan", () => graph.scanSet(query, largeSet, 0, count, HITS));
    time("search", () => graph.search(query, SAMPLE_EF));
    time("largeSearch", () => graph.search(query, LARGE_SAMPLE_EF));
  }
  const scan = lineThrough(small, fastest.scan, large, fastest.largeScan);
  const search = lineThrough(SAMPLE_EF, fastest.search, LARGE_SAMPLE_EF, fastest.largeSearch);
  return {
    vectorNs: (fastest.vectors / small) * NS_PER_MS,
    scanNs: scan.start * NS_PER_MS,
    codeNs: scan.slope * NS_PER_MS,
    searchNs: search.start * NS_PER_MS,
    candidateNs: search.slope * NS_PER_MS,
    exactSlots: vectors.storedCount > 0 ? 0 : Math.floor(EXACT_BYTES / (4 * segment.dimension)),
  };
}

/** What is done once and what for each of n, by the times of a few and of many; all of it for each where that tells nothing. */
function lineThrough(few: number, fewMs: number, many: number, manyMs: number): { start: number; slope: number } {
  const slope = many > few && manyMs > fewMs ? (manyMs - fewMs) / (many - few) : manyMs / many;
  return { slope, start: Math.max(0, fewMs - few * slope) };
}

/** So many slots of [0, count), equally far from each other. @param shift  0..1, of the distance between two */
function spread(count: number, slots: number, shift: number): SlotSet {
  const set = new SlotSet(count);
  for (let i = 0; i < slots; i++) set.add(Math.floor(((i + shift) * count) / slots));
  return set;
}

/** Milliseconds; a coarse clock can say 0, which no work costs. */
function timeOf(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return Math.max(performance.now() - startedMs, 1e-3);
}
