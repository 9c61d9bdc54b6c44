import type { GraphSearch } from "../core/graph.js";
import { SEARCHES_PER_TASK } from "../core/graph-tasks.js";
import { VecstoreError } from "../errors.js";
import type { QueryAnswer } from "../model/query.js";
import { answerOf, explained } from "./answer.js";
import { executeQuery } from "./execute.js";
import { observe } from "./observe.js";
import { type Bounds, Pace } from "./pace.js";
import { planQuery } from "./plan.js";
import { isAsWide, type SearchWidth, widthIn } from "./reach.js";
import { type HandedPart, spread } from "./spread.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";

/** Queries that other threads are not asked for: as many are answered here while a message goes there and back. */
const SPREAD_QUERIES_MIN = 16;

/** A graph search of a query that another thread can do ahead, on one segment. */
interface Ahead {
  readonly segment: number;
  readonly width: SearchWidth;
}

/** A query of a batch. */
interface Entry {
  readonly index: number;
  readonly query: ValidQuery;
  /** Empty where all of it is done here. */
  readonly ahead: readonly Ahead[];
}

/**
 * Answers queries in any order. Graph searches are done in other threads as far as these have time, the rest of each query here; an
 * answer is the same wherever its graph was searched.
 *
 * @param bounds  of each query
 * @throws VecstoreError as `executeQuery`, by the first query that fails
 */
export async function executeBatch(
  queries: readonly ValidQuery[],
  view: View,
  bounds: readonly Bounds[],
): Promise<QueryAnswer[]> {
  // Queries pace themselves, but a thousand short ones would leave nobody else a turn.
  const pace = new Pace(bounds[0]!);
  const answers: QueryAnswer[] = [];
  const answer = async ({ index, query }: Entry, ahead?: ValidQuery["ahead"]) => {
    const found = executeQuery(ahead ? { ...query, ahead } : query, view, bounds[index]!);
    const execution = found instanceof Promise ? await found : found;
    const answer = answerOf(execution);
    const observing = observe(execution, execution.stats.durationMs);
    if (observing !== undefined) await observing;
    answers[index] = await explained(execution, answer);
  };
  const entries = inOrder(queries, view);
  const here = async (at: number) => {
    const entry = entries[at]!;
    await answer(entry).catch((error: unknown) => {
      throw ofQuery(entry.index, error);
    });
    return at + 1;
  };
  const elsewhere = (from: number, to: number) => {
    if (queries.length < SPREAD_QUERIES_MIN) return undefined;
    return handOver(view, entries, from, to, async (entry, ahead) => {
      await answer(entry, ahead);
      if (pace.isDueSoon) await pace.next();
    });
  };
  await spread({ here, elsewhere }, 0, queries.length, pace);
  return answers;
}

/** The error of one query, whose message says which one it is; others, such as a deadline, are not about one query. */
export function ofQuery(index: number, error: unknown): unknown {
  if (!(error instanceof VecstoreError) || !BY_QUERY.has(error.code)) return error;
  const { reason, message, details } = error;
  return new VecstoreError(reason, `queries[${index}]: ${message}`, details, { cause: error });
}

const BY_QUERY: ReadonlySet<string> = new Set(["invalid_argument", "not_found"]);

/** Those that other threads can work on come last, by what they search with. */
function inOrder(queries: readonly ValidQuery[], view: View): Entry[] {
  const entries = queries.map((query, index) => ({ index, query, ahead: aheadOf(query, view) }));
  const keyOf = ({ ahead }: Entry) => ahead.reduce((sum, { width }) => sum + width.ef + (width.reach?.stretch ?? 0), 0);
  return entries.sort((a, b) => keyOf(a) - keyOf(b) || a.index - b.index);
}

function aheadOf(query: ValidQuery, view: View): Ahead[] {
  const { dense, groups, diversity, sparse, text, offset, limit } = query;
  if (dense?.vector === undefined || groups !== undefined || diversity !== undefined) return [];
  if (query.filter !== undefined || sparse !== undefined || text !== undefined) return [];
  const { vector } = dense;
  const need = offset + limit;
  return planQuery(query, view, need).flatMap(({ strategy, ef }, segment) => {
    const { graph } = view.segments[segment]!.segment;
    if (strategy !== "graph" || graph === undefined) return [];
    return [{ segment, width: widthIn(view.segments[segment]!, graph, vector, ef, need) }];
  });
}

/** Hands the graph searches of the last entries of [from, to) over, those that search alike and half of what is left at most. */
function handOver(
  view: View,
  entries: readonly Entry[],
  from: number,
  to: number,
  answer: (entry: Entry, ahead: ValidQuery["ahead"]) => Promise<void>,
): HandedPart | undefined {
  const { ahead } = entries[to - 1]!;
  const most = Math.min(SEARCHES_PER_TASK, Math.ceil((to - from) / 2));
  let first = to;
  while (first > from && to - first < most && isAlike(entries[first - 1]!.ahead, ahead)) first--;
  const pack = entries.slice(first, to);
  const vectors = pack.map(({ query }) => query.dense!.vector!);
  const searches = ahead.map(({ segment, width }, at) => {
    const reaches = width.reach && pack.map((entry) => entry.ahead[at]!.width.reach!);
    return view.segments[segment]!.segment.graph?.elsewhere?.search(vectors, width.ef, reaches);
  });
  if (searches.every((search) => search === undefined)) return undefined;
  const found = Promise.all(searches).then((bySegment) => async () => {
    for (const [i, entry] of pack.entries()) await answer(entry, searchOf(ahead, bySegment, i));
  });
  return { from: first, found };
}

/** What was found of the i-th query of a pack. A search that was lost, or that is repeated with another width, is done here. */
function searchOf(
  ahead: readonly Ahead[],
  bySegment: readonly (readonly GraphSearch[] | undefined)[],
  i: number,
): ValidQuery["ahead"] {
  return (segment, width) => {
    const at = ahead.findIndex((search) => search.segment === segment && isAsWide(search.width, width));
    return at < 0 ? undefined : bySegment[at]?.[i];
  };
}

function isAlike(a: readonly Ahead[], b: readonly Ahead[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ segment, width }, i) => segment === b[i]!.segment && isAsWide(width, b[i]!.width))
  );
}
