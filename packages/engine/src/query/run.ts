import type { SlotSet } from "../core/slot-set.js";
import { assert } from "../errors.js";
import type { Filter } from "../model/filter.js";
import type { QueryStats } from "../model/query.js";
import { searchDenseAtOnce } from "./dense-at-once.js";
import { aboveThreshold, type Hit, type Scale, scaleOf } from "./hydrate.js";
import { vectorOfRecord } from "./locate.js";
import { matchesAtOnce, resolveMatches } from "./matches.js";
import type { Pace } from "./pace.js";
import type { Summary } from "./plan.js";
import type { Counters } from "./scan.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";
import { searchWays } from "./ways.js";

/** The best records of a query. */
export interface Closest {
  /** Closest first, ties by id; none that scores below the threshold. */
  readonly hits: readonly Hit[];
  /** True when no other record matches, or none that scores enough: asking for more gives the same. */
  readonly isAll: boolean;
}

/** One query while it runs: what it looks for, where, and what it has cost so far. */
export class QueryRun {
  readonly query: ValidQuery;
  readonly view: View;
  readonly pace: Pace;
  readonly scale: Scale;
  readonly counters: Counters = { candidates: 0, nodesVisited: 0, distanceComputations: 0 };
  readonly #vector: Float32Array | undefined;
  #summary: Summary = { strategy: "empty", approximate: false };
  #filteredCount: number | undefined;
  /** By segment, once they were asked for. */
  readonly #matches: (Promise<SlotSet> | undefined)[] = [];

  /** @throws VecstoreError RECORD_NOT_FOUND when the query names a record that the view does not see */
  constructor(query: ValidQuery, view: View, pace: Pace) {
    this.query = query;
    this.view = view;
    this.pace = pace;
    this.scale = scaleOf(query, view);
    this.#vector = query.dense && (query.dense.vector ?? vectorOfRecord(view, query.dense.id));
  }

  /** f32[dimension], of a query by a dense vector. */
  get vector(): Float32Array {
    assert(this.#vector !== undefined, "the query has a dense vector");
    return this.#vector;
  }

  /**
   * The slots of a segment that the view sees and the filter lets through; undefined without a filter.
   *
   * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
   */
  async matches(segmentIndex: number): Promise<SlotSet | undefined> {
    return this.query.filter === undefined ? undefined : this.matchesOf(segmentIndex);
  }

  /**
   * Searches each way that the query asks for, and fuses what several of them find.
   *
   * @param need  records wanted
   * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
   */
  async closest(need: number): Promise<Closest> {
    const found = await searchWays(this, need);
    const hits = aboveThreshold(this.scale, found.slice(0, need), this.query.scoreThreshold);
    return { hits, isAll: found.length < need || hits.length < Math.min(need, found.length) };
  }

  /**
   * As the hits of `closest`, in this turn, where the query looks for one vector and that takes no longer than a slice; undefined
   * where it does.
   */
  closestAtOnce(need: number): readonly Hit[] | undefined {
    const { dense, sparse, text, filter, exact, ef, recallTarget, ahead } = this.query;
    if (dense === undefined || sparse !== undefined || text !== undefined || exact) return undefined;
    const matches = filter && this.#matchesAtOnce(filter);
    if (filter !== undefined && matches === undefined) return undefined;
    const search = { vector: this.vector, ef, recallTarget, exact, filter, predicate: undefined, ahead };
    const found = searchDenseAtOnce(search, this.view, this.pace, need, matches);
    this.count(found.counters);
    if (found.hits === undefined) return undefined;
    this.found(found, found.filteredCount);
    return aboveThreshold(this.scale, found.hits, this.query.scoreThreshold);
  }

  /** By segment that has vectors, the visible slots that match, for this turn; undefined when that takes longer. */
  #matchesAtOnce(filter: Filter): (SlotSet | undefined)[] | undefined {
    const { view } = this;
    const bySegment: (SlotSet | undefined)[] = [];
    for (let i = 0; i < view.segments.length; i++) {
      const isSearched = view.segments[i]!.segment.dimension > 0;
      const matches = isSearched ? matchesAtOnce(filter, view, i) : undefined;
      if (isSearched && matches === undefined) return undefined;
      bySegment.push(matches);
    }
    return bySegment;
  }

  /**
   * The visible slots of a segment that match the filter, resolved once for all parts of the query.
   *
   * @returns  to be read only
   */
  matchesOf(segment: number): Promise<SlotSet> {
    this.#matches[segment] ??= this.#resolve(segment);
    return this.#matches[segment];
  }

  async #resolve(segment: number): Promise<SlotSet> {
    const { trace } = this.pace;
    const left = trace?.enter("filter");
    const matches = await resolveMatches(this.query, this.view, segment, this.pace);
    if (left !== undefined) trace!.enter(left);
    return matches;
  }

  /** Adds what a part of the search cost. */
  count({ candidates, nodesVisited, distanceComputations }: Counters): void {
    this.counters.candidates += candidates;
    this.counters.nodesVisited += nodesVisited;
    this.counters.distanceComputations += distanceComputations;
  }

  /**
   * Says how the answer was found; the last word counts.
   *
   * @param filteredCount  records that the filter let through, where they were counted
   */
  found({ strategy, approximate }: Summary, filteredCount?: number): void {
    this.#summary = { strategy, approximate };
    this.#filteredCount = filteredCount ?? this.#filteredCount;
  }

  /** Whether what was said last is that a closer record may have been missed. */
  get isApproximate(): boolean {
    return this.#summary.approximate;
  }

  /** @param isExhausted  whether fewer results match than were asked for */
  stats(isExhausted: boolean, durationMs: number): { -readonly [K in keyof QueryStats]: QueryStats[K] } {
    // Written out: spreading takes longer than the search of a small graph.
    const stats: { -readonly [K in keyof QueryStats]: QueryStats[K] } = {
      strategy: this.#summary.strategy,
      approximate: this.#summary.approximate,
      candidates: this.counters.candidates,
      nodesVisited: this.counters.nodesVisited,
      distanceComputations: this.counters.distanceComputations,
      durationMs,
      cacheHit: false,
      exhausted: isExhausted,
      segments: this.view.segments.length,
    };
    if (this.#filteredCount !== undefined) {
      stats.filteredCount = this.#filteredCount;
      stats.selectivity = this.#shareOf(this.#filteredCount);
    }
    return stats;
  }

  /** Of the records with vectors: matches are counted in searches by vectors only. */
  #shareOf(matches: number): number {
    let visible = 0;
    for (const view of this.view.segments) if (view.segment.dimension > 0) visible += view.visible;
    return visible === 0 ? 0 : matches / visible;
  }
}
