import { LIMITS } from "../limits.js";
import { inverseDocFreq, TermScorer } from "../text/bm25.js";
import { QueryTerms } from "../text/query-terms.js";
import type { TextIndex } from "../text/text-index.js";
import type { Hit } from "./hydrate.js";
import { searchInverted, type WeightedList } from "./inverted-search.js";
import type { Pace } from "./pace.js";
import type { QueryRun } from "./run.js";

/** Bytes of a query's text that are analyzed between two looks at the clock. */
const QUERY_STEP_BYTES = 2_048;

/** A term that some text has. */
interface FoundTerm {
  /** How often the query has it. */
  readonly count: number;
  /** Its list in each segment, 0 for none. */
  readonly lists: readonly number[];
}

interface KnownTerm extends FoundTerm {
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
  const indexes = view.segments.map(({ segment }) => segment.inverted.text);
  const found = await findTerms(query, indexes, pace);
  // From here to the end of `known` nothing is awaited: all terms are weighed by the same statistics.
  const statistics = {
    texts: indexes.reduce((sum, index) => sum + index.texts, 0),
    terms: indexes.reduce((sum, index) => sum + index.terms, 0),
  };
  const known = rarest(found, indexes);
  const weights = known.map(({ docFreq, count }) => count * inverseDocFreq(statistics.texts, docFreq));
  return searchInverted(run, need, (i) => {
    const index = indexes[i]!;
    const weighted = known.flatMap(({ lists }, k): WeightedList[] => {
      const list = lists[i]!;
      return list === 0 ? [] : [{ list, scorer: new TermScorer(weights[k]!, statistics, index.lengthOf) }];
    });
    return { lists: index.lists, weighted };
  });
}

/** Terms looked up between two looks at the clock. */
const TERMS_PER_LOOK = 64;

/** Those terms of a query that some text has. */
async function findTerms(query: QueryTerms, indexes: readonly TextIndex[], pace: Pace): Promise<FoundTerm[]> {
  const found: FoundTerm[] = [];
  let looked = 0;
  for (const { bytes, count } of query.terms()) {
    const lists = indexes.map((index) => index.find(bytes));
    if (lists.some((list) => list !== 0)) found.push({ count, lists });
    if (++looked % TERMS_PER_LOOK === 0 && pace.due) await pace.next();
  }
  return found;
}

/** The terms with the number of texts that have them; the rarest when they are too many. */
function rarest(found: readonly FoundTerm[], indexes: readonly TextIndex[]): KnownTerm[] {
  const known = found.flatMap(({ lists, count }): KnownTerm[] => {
    const docFreq = indexes.reduce((sum, index, i) => sum + index.lists.count(lists[i]!), 0);
    // A term of a text under way has no posting yet.
    return docFreq === 0 ? [] : [{ count, lists, docFreq }];
  });
  if (known.length <= LIMITS.queryTermsMax) return known;
  return known.sort((a, b) => a.docFreq - b.docFreq).slice(0, LIMITS.queryTermsMax);
}
