import type { Estimate } from "../model/explain.js";
import { isCountable } from "./matches.js";
import type { QueryRun } from "./run.js";
import type { SegmentView } from "./view.js";

/** Records of a segment that are asked, where matches cannot be counted. */
const SAMPLES = 256;

/**
 * The share of the records that the filter of a query lets through: counted by the columns; where these lag far behind, sampled.
 *
 * @returns  undefined without a filter; 0 where there is nothing to search
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function selectivityOf(run: QueryRun): Promise<Estimate | undefined> {
  const { filter, sparse, text } = run.query;
  if (filter === undefined) return undefined;
  const vectorsOnly = sparse === undefined && text === undefined;
  const sum = { min: 0, expected: 0, max: 0 };
  let visible = 0;
  for (const [i, view] of run.view.segments.entries()) {
    if (vectorsOnly && view.segment.dimension === 0) continue;
    visible += view.visible;
    const { min, expected, max } = isCountable(view) ? await countMatches(run, i) : sampleMatches(run, view);
    sum.min += min;
    sum.expected += expected;
    sum.max += max;
  }
  const share = (matches: number) => (visible === 0 ? 0 : matches / visible);
  return { min: share(sum.min), expected: share(sum.expected), max: share(sum.max) };
}

async function countMatches(run: QueryRun, segment: number): Promise<Estimate> {
  const matches = (await run.matchesOf(segment)).count();
  return { min: matches, expected: matches, max: matches };
}

/** Bounds that hold whatever the sample says. */
function sampleMatches({ query, view }: QueryRun, { segment, count, visible }: SegmentView): Estimate {
  const step = Math.max(1, count / SAMPLES);
  let asked = 0;
  let matched = 0;
  for (let at = 0; at < count; at += step) {
    const slot = Math.floor(at);
    if (!segment.isVisible(slot, view)) continue;
    asked++;
    if (query.predicate!(segment.metadataOf(slot))) matched++;
  }
  const isWhole = step === 1;
  const expected = asked === 0 ? 0 : (visible * matched) / asked;
  return { min: isWhole ? expected : matched, expected, max: isWhole ? expected : visible - (asked - matched) };
}
