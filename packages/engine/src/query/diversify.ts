import type { PreparedQuery } from "../core/vectors.js";
import { type Hit, scoreOf } from "./hydrate.js";
import type { QueryRun } from "./run.js";
import { clampDistance } from "./top-k.js";
import type { Diversification } from "./validate-choice.js";

/** Candidates of one segment, with their places in the list of all. */
interface Candidates {
  readonly segment: number;
  readonly slots: Uint32Array;
  readonly places: readonly number[];
  readonly distances: Float32Array;
}

/**
 * Chooses `offset + limit` of the closest records so that they resemble the query and not each other: each next one has the
 * largest `lambda * score - (1 - lambda) * greatest score against one that is chosen`, with scores as the metric gives them.
 *
 * @returns  hits in the order they were chosen
 * Cost: candidates x results distances. Source: Carbonell and Goldstein, "The use of MMR, diversity-based reranking", 1998.
 */
export async function diversify(run: QueryRun, diversity: Diversification): Promise<readonly Hit[]> {
  const { hits } = await run.closest(diversity.candidates);
  run.pace.trace?.enter("diversify");
  const wanted = Math.min(hits.length, run.query.offset + run.query.limit);
  const relevance = Float64Array.from(hits, ({ distance }) => scoreOf(run.view.metric, distance).score);
  const resemblance = new Float64Array(hits.length).fill(Number.NEGATIVE_INFINITY);
  const isChosen = new Uint8Array(hits.length);
  const parts = bySegment(hits);
  const chosen: Hit[] = [];
  while (chosen.length < wanted) {
    const next = bestOf(relevance, resemblance, isChosen, diversity.lambda);
    isChosen[next] = 1;
    chosen.push(hits[next]!);
    if (chosen.length < wanted) compareWith(run, hits[next]!, parts, resemblance);
    if (run.pace.due) await run.pace.next();
  }
  return chosen;
}

/** The first, and so the closest, of the best that are left. */
function bestOf(relevance: Float64Array, resemblance: Float64Array, isChosen: Uint8Array, lambda: number): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < relevance.length; i++) {
    if (isChosen[i] === 1) continue;
    // Nothing is chosen yet: the closest comes first.
    const penalty = resemblance[i] === Number.NEGATIVE_INFINITY ? 0 : (1 - lambda) * resemblance[i]!;
    const value = lambda * relevance[i]! - penalty;
    if (best >= 0 && value <= most) continue;
    most = value;
    best = i;
  }
  return best;
}

/** Raises the resemblance of each candidate to that with the hit that was chosen. */
function compareWith(
  { view, counters }: QueryRun,
  { segment, slot }: Hit,
  parts: readonly Candidates[],
  resemblance: Float64Array,
): void {
  const vector = view.segments[segment]!.segment.vectorOf(slot);
  for (const part of parts) {
    const { vectors } = view.segments[part.segment]!.segment;
    const prepared: PreparedQuery = vectors.prepare(vector);
    vectors.distancesOf(prepared, part.slots, part.slots.length, part.distances);
    counters.distanceComputations += part.slots.length;
    for (const [i, place] of part.places.entries()) {
      const { score } = scoreOf(view.metric, clampDistance(view.metric, part.distances[i]!));
      if (score > resemblance[place]!) resemblance[place] = score;
    }
  }
}

function bySegment(hits: readonly Hit[]): Candidates[] {
  const places = new Map<number, number[]>();
  for (const [place, { segment }] of hits.entries()) {
    const known = places.get(segment);
    if (known === undefined) places.set(segment, [place]);
    else known.push(place);
  }
  return Array.from(places, ([segment, of]) => ({
    segment,
    slots: Uint32Array.from(of, (place) => hits[place]!.slot),
    places: of,
    distances: new Float32Array(of.length),
  }));
}
