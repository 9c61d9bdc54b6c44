import type { Graph } from "../core/graph.js";
import { SlotSet } from "../core/slot-set.js";
import type { Metric } from "../model/namespace.js";
import type { Segment } from "../segment/segment.js";

/** What the ways to search a segment cost on this machine, nanoseconds. */
export interface Costs {
  /** Comparing the f32 vector of one slot of many, in no order of memory. */
  readonly vectorNs: number;
  /** Comparing the code of one slot of many. */
  readonly codeNs: number;
  /** Each candidate of an unfiltered graph search, with all the nodes that are met for it. */
  readonly candidateNs: number;
  /** Slots whose f32 vectors are compared in any case: an exact answer must not hang on what a clock said. */
  readonly exactSlots: number;
}

/** Vectors that are compared in any case: some 50 us. */
const EXACT_BYTES = 256 * 1024;

/** Slots compared in a round: enough to tell, few enough for a fraction of a millisecond. */
const SAMPLE_SLOTS = 1_024;
const SAMPLE_EF = 64;
/** The fastest round counts: it met an idle processor, and code that was compiled for good. Each has slots of its own. */
const ROUNDS = 4;
const HITS = 40;

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
 * Cost: a millisecond when it measures.
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
  const sample = Math.min(SAMPLE_SLOTS, count);
  const slots = new Uint32Array(sample);
  const distances = new Float32Array(sample);
  let vectorMs = Number.POSITIVE_INFINITY;
  let codeMs = Number.POSITIVE_INFINITY;
  let searchMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const set = new SlotSet(count);
    for (let i = 0; i < sample; i++) {
      slots[i] = Math.floor(((i + round / ROUNDS) * count) / sample);
      set.add(slots[i]!);
    }
    const query = segment.vectorOf(slots[round]!);
    const prepared = vectors.prepare(query);
    if (vectors.storedCount === 0) {
      vectorMs = Math.min(
        vectorMs,
        timeOf(() => vectors.distancesOf(prepared, slots, sample, distances)),
      );
    }
    codeMs = Math.min(
      codeMs,
      timeOf(() => graph.scanSet(query, set, 0, count, HITS)),
    );
    searchMs = Math.min(
      searchMs,
      timeOf(() => graph.search(query, SAMPLE_EF)),
    );
  }
  const toNs = 1e6;
  return {
    vectorNs: (vectorMs / sample) * toNs,
    codeNs: (codeMs / sample) * toNs,
    candidateNs: (searchMs / SAMPLE_EF) * toNs,
    exactSlots: vectors.storedCount > 0 ? 0 : Math.floor(EXACT_BYTES / (4 * segment.dimension)),
  };
}

/** Milliseconds; a coarse clock can say 0, which no work costs. */
function timeOf(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return Math.max(performance.now() - startedMs, 1e-3);
}
