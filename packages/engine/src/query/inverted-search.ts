import { ListCursor } from "../postings/list-cursor.js";
import type { PostingLists } from "../postings/posting-lists.js";
import { type ListScorer, type ScoredList, TopSearch } from "../postings/top-search.js";
import type { Hit } from "./hydrate.js";
import type { QueryRun } from "./run.js";
import { SegmentSink } from "./segment-sink.js";
import { TopK } from "./top-k.js";

/** Postings scored between two looks at the clock: a fraction of a millisecond. */
const POSTINGS_PER_LOOK = 8_192;

/** A list of one segment and what its postings are worth. */
export interface WeightedList {
  readonly list: number;
  readonly scorer: ListScorer;
}

/** What is searched in one segment. */
export interface SegmentLists {
  readonly lists: PostingLists;
  readonly weighted: readonly WeightedList[];
  /** The score of a slot that a sum gave approximately; absent where sums are exact. */
  readonly exactScoreOf?: (slot: number) => number;
}

/**
 * Finds the `need` records with the largest sums over their postings, among those that the query's filter lets through.
 *
 * @param listsOf  what to search in a segment of the view
 * @returns        best first, ties by id; `distance` is minus the score
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function searchInverted(
  run: QueryRun,
  need: number,
  listsOf: (segmentIndex: number) => SegmentLists,
): Promise<readonly Hit[]> {
  const { view, pace } = run;
  const top = new TopK(need, { segments: view.segments, metric: "dot" });
  for (const [i, { count }] of view.segments.entries()) {
    const { lists, weighted, exactScoreOf } = listsOf(i);
    if (weighted.length === 0) continue;
    const accept = await run.matches(i);
    const scored: ScoredList[] = [];
    for (const { list, scorer } of weighted) {
      scored.push({ cursor: new ListCursor(lists, list), scorer });
      if (pace.due) await pace.next();
    }
    const sink = new SegmentSink(top, view, i, exactScoreOf);
    const search = new TopSearch({ lists: scored, limit: count, accept, sink });
    while (!search.step(POSTINGS_PER_LOOK)) if (pace.due) await pace.next();
    run.counters.candidates += sink.offered;
  }
  return top.drain();
}
