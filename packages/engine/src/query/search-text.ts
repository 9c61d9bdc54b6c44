import { LIMITS } from "../limits.js";
import { inverseDocFreq, TermScorer } from "../text/bm25.js";
import { type QueryTerm, QueryTerms } from "../text/query-terms.js";
import type { TextIndex } from "../text/text-index.js";
import type { Hit } from "./hydrate.js";
import { searchInverted, type WeightedList } from "./inverted-search.js";
import type { QueryRun } from "./run.js";

/** Bytes of a query's text that are analyzed between two looks at the clock. */
const QUERY_STEP_BYTES = 2_048;

/** A term that some text has. */
interface KnownTerm extends QueryTerm {
  readonly docFreq: number;
}

/**
 * Finds the `need` records whose texts fit a query's text best, by BM25. Document frequencies and the mean length are those of all
 * segments together, dead records included until a merge, so that a score does not depend on where a record lies.
 *
 * @returns  best first, ties by id; only records that have a term of the query; `distance` is minus the score
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 * Cost: texts that are not indexed yet, as after opening, are indexed first.
 */
export async function searchText(run: QueryRun, text: string, need: number): Promise<readonly Hit[]> {
  const { view, pace } = run;
  const [first] = view.segments;
  if (first === undefined) return [];
  const query = new QueryTerms(first.segment.inverted.analyzer, text);
  while (query.step(QUERY_STEP_BYTES)) if (pace.due) await pace.next();
  for (const { segment, count } of view.segments) {
    while (segment.inverted.text.count < count) {
      segment.inverted.stepText();
      if (pace.due) await pace.next();
    }
  }
  // From here to the end of `known` nothing is awaited: all terms are weighed by the same statistics.
  const indexes = view.segments.map(({ segment }) => segment.inverted.text);
  const statistics = {
    texts: indexes.reduce((sum, index) => sum + index.texts, 0),
    terms: indexes.reduce((sum, index) => sum + index.terms, 0),
  };
  const known = rarest(query.terms, indexes);
  const weights = known.map(({ docFreq, count }) => count * inverseDocFreq(statistics.texts, docFreq));
  return searchInverted(run, need, (i) => {
    const index = indexes[i]!;
    const weighted = known.flatMap(({ bytes }, k): WeightedList[] => {
      const list = index.find(bytes);
      return list === 0 ? [] : [{ list, scorer: new TermScorer(weights[k]!, statistics, index.lengthOf) }];
    });
    return { lists: index.lists, weighted };
  });
}

/** Those of the terms that some text has; the rarest when they are too many. */
function rarest(terms: readonly QueryTerm[], indexes: readonly TextIndex[]): KnownTerm[] {
  const known = terms.flatMap((term): KnownTerm[] => {
    const docFreq = indexes.reduce((sum, index) => sum + index.lists.count(index.find(term.bytes)), 0);
    return docFreq === 0 ? [] : [{ ...term, docFreq }];
  });
  if (known.length <= LIMITS.queryTermsMax) return known;
  return known.sort((a, b) => a.docFreq - b.docFreq).slice(0, LIMITS.queryTermsMax);
}
