import type { Graph } from "../core/graph.js";
import type { GraphCalibration } from "../gen/vecstore/storage/v1/manifest.js";
import { TopSlots } from "../index/top-slots.js";
import type { Segment } from "../segment/segment.js";
import type { Pace } from "./pace.js";
import { CURVE_LIMITS, measureCurves } from "./recall-curve.js";
import { sampleRecords } from "./sample.js";
import type { SegmentView, View } from "./view.js";

/** Records that stand for queries. */
const SAMPLES_MAX = 400;
/** Fewer say too little of a graph. */
const SAMPLES_MIN = 64;
/** Components compared to find what is to be found: 5 to 10 s of one processor's work at most. */
const COMPONENTS_MAX = 2 ** 36;
const SEED = 2;
/** Slots compared with all samples before the next ones are: their vectors stay in the processor's cache. */
const BLOCK_SLOTS = 256;

const distances = new Float32Array(BLOCK_SLOTS);

/** A record that stands for a query, and what a search for it is to find. */
export interface Probe {
  readonly slot: number;
  /** f32[dimension] */
  readonly vector: Float32Array;
  /** Distance of the k-th nearest other record, for each k of CURVE_LIMITS; infinite when there are fewer. */
  readonly farthest: Float32Array;
}

/** One graph while it is measured. */
export interface CalibratedGraph {
  readonly view: View;
  readonly segment: Segment;
  readonly graph: Graph;
  /** Slots below this take part. */
  readonly indexed: number;
}

/**
 * Measures which recall a graph has at which ef. Records stand for queries as in `measureRecall`: left out of the graph they are
 * searched for. What they are to find is found by comparing all vectors, in f32.
 *
 * @returns undefined when there is no graph, or one of too few records
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 * Cost: samples x records distances, then graph searches of about 20,000 x samples candidates.
 */
export async function calibrateGraph(view: View, index: number, pace: Pace): Promise<GraphCalibration | undefined> {
  const { segment, count } = view.segments[index]!;
  const { graph } = segment;
  if (graph === undefined) return undefined;
  const place: CalibratedGraph = { view, segment, graph, indexed: Math.min(graph.indexed, count) };
  const probes = await createProbes(place, view.segments[index]!, pace);
  if (probes.length < SAMPLES_MIN) return undefined;
  return { indexed: place.indexed, curves: await measureCurves(place, probes, pace) };
}

async function createProbes(place: CalibratedGraph, whole: SegmentView, pace: Pace): Promise<Probe[]> {
  const { view, segment, indexed } = place;
  const most = Math.floor(COMPONENTS_MAX / (segment.dimension * Math.max(1, indexed)));
  const samples = Math.max(SAMPLES_MIN, Math.min(SAMPLES_MAX, most));
  const linked = { segments: [{ ...whole, count: indexed }], sequence: view.sequence, nowMs: view.nowMs };
  const slots = sampleRecords(linked, samples, SEED).map(({ slot }) => slot);
  const tops = slots.map(() => new TopSlots(CURVE_LIMITS.at(-1)!));
  await compareAll(place, slots, tops, pace);
  return slots.map((slot, i) => {
    const nearest = tops[i]!.hits(false).distances;
    const farthest = Float32Array.from(CURVE_LIMITS, (k) => nearest[k - 1] ?? Number.POSITIVE_INFINITY);
    return { slot, vector: segment.vectorOf(slot), farthest };
  });
}

/** Offers each sampled slot every other visible slot. */
async function compareAll(place: CalibratedGraph, slots: readonly number[], tops: readonly TopSlots[], pace: Pace) {
  const { segment, indexed } = place;
  const { vectors } = segment;
  const queries = slots.map((slot) => vectors.prepare(segment.vectorOf(slot)));
  for (let from = 0; from < indexed; from += BLOCK_SLOTS) {
    const to = Math.min(indexed, from + BLOCK_SLOTS);
    for (const [i, query] of queries.entries()) {
      if (pace.due) await pace.next();
      const reading = vectors.fetch(from, to);
      if (reading !== undefined) await reading;
      vectors.distances(query, from, to, distances);
      offerBlock(place, slots[i]!, tops[i]!, from, to);
    }
  }
}

function offerBlock({ view, segment }: CalibratedGraph, own: number, top: TopSlots, from: number, to: number): void {
  for (let slot = from; slot < to; slot++) {
    const distance = distances[slot - from]!;
    if (distance < top.worst && slot !== own && segment.isVisible(slot, view)) top.offer(slot, distance);
  }
}
