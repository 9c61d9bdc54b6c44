import type { SparseVector } from "../model/record.js";
import { viewSparse } from "../sparse/codec.js";
import { ComponentScorer } from "../sparse/component-scorer.js";
import { sparseDot } from "../sparse/dot.js";
import type { Hit } from "./hydrate.js";
import { type SegmentLists, searchInverted, type WeightedList } from "./inverted-search.js";
import type { QueryRun } from "./run.js";

/**
 * Finds the `need` records whose sparse vectors have the largest dot product with the query's.
 *
 * @returns  best first, ties by id; only records that share a component with the query; `distance` is minus the dot product
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 * Cost: vectors that are not indexed yet, as after opening, are indexed first.
 */
export async function searchSparse(run: QueryRun, query: SparseVector, need: number): Promise<readonly Hit[]> {
  const { view, pace } = run;
  for (const { segment, count } of view.segments) {
    while (segment.inverted.sparse.count < count) {
      segment.inverted.stepSparse();
      if (pace.due) await pace.next();
    }
  }
  return searchInverted(run, need, (i) => listsOf(run, query, i));
}

function listsOf({ view }: QueryRun, query: SparseVector, segmentIndex: number): SegmentLists {
  const { segment } = view.segments[segmentIndex]!;
  const { sparse } = segment.inverted;
  const weighted: WeightedList[] = [];
  for (let i = 0; i < query.indices.length; i++) {
    const list = sparse.find(query.indices[i]!);
    if (list !== 0) weighted.push({ list, scorer: new ComponentScorer(query.values[i]!) });
  }
  const exactScoreOf = (slot: number): number => sparseDot(query, viewSparse(segment.sparseBytesOf(slot))!);
  return { lists: sparse.lists, weighted, exactScoreOf };
}
