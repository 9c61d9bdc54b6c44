import { compareHits, type Hit, type Scale, scoreOf } from "./hydrate.js";
import type { FusionPlan } from "./validate-fusion.js";
import type { View } from "./view.js";

/** The candidates of one search, best first. */
export interface Way {
  readonly kind: "dense" | "sparse" | "text";
  readonly scale: Scale;
  readonly hits: readonly Hit[];
}

/**
 * Makes one list of several: of each record the sum of what it gets from each list that has it.
 *
 * @returns  best first, ties by id; `distance` is minus the fused score
 * Source: Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods"
 * (2009), for reciprocal ranks.
 */
export function fuse(view: View, ways: readonly Way[], plan: FusionPlan): readonly Hit[] {
  const bySegment = view.segments.map(() => new Map<number, number>());
  for (const way of ways) {
    const shares = plan.method === "weighted" ? weightedShares(way, ways, plan) : rankShares(way, plan);
    for (const [i, { segment, slot }] of way.hits.entries()) {
      const scores = bySegment[segment]!;
      scores.set(slot, (scores.get(slot) ?? 0) + shares[i]!);
    }
  }
  const fused: Hit[] = [];
  for (const [segment, scores] of bySegment.entries()) {
    for (const [slot, score] of scores) fused.push({ distance: 0 - score, segment, slot });
  }
  return fused.sort((a, b) => compareHits(view, a, b));
}

/** 1 / (rankConstant + rank), ranks from 1. */
function rankShares({ hits }: Way, { rankConstant }: FusionPlan): Float64Array {
  return Float64Array.from(hits, (_, i) => 1 / (rankConstant + i + 1));
}

/** Scores scaled so that the best of the list is 1 and the last 0, or all 1 when they are equal; times the weight of the way. */
function weightedShares({ hits, scale, kind }: Way, ways: readonly Way[], { alpha }: FusionPlan): Float64Array {
  const scores = Float64Array.from(hits, ({ distance }) => scoreOf(scale, distance).score);
  const [most, least] = [scores[0] ?? 0, scores.at(-1) ?? 0];
  const hasDense = ways.some((way) => way.kind === "dense");
  const others = ways.filter((way) => way.kind !== "dense").length;
  const weight = kind === "dense" ? alpha : (hasDense ? 1 - alpha : 1) / others;
  return scores.map((score) => weight * (most > least ? (score - least) / (most - least) : 1));
}
