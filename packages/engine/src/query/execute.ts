import { isTurnUsedUp } from "../core/breathe.js";
import type { QueryStats } from "../model/query.js";
import { diversify } from "./diversify.js";
import { type Group, searchGroups } from "./groups.js";
import { compareHits, type Hit } from "./hydrate.js";
import { type Bounds, Pace } from "./pace.js";
import { QueryRun } from "./run.js";
import { Trace } from "./trace.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";

/** The places of the results, in the order of the answer, and what finding them took. */
export interface Execution {
  readonly hits: readonly Hit[];
  /** The caller's to finish: `durationMs` covers the search, not yet the reading of the records. */
  readonly stats: { -readonly [K in keyof QueryStats]: QueryStats[K] };
  /** Where the time went; undefined unless the query asks for it. */
  readonly trace: Trace | undefined;
  readonly run: QueryRun;
}

/** Results that were chosen, `offset` of them skipped. */
interface Chosen {
  readonly hits: readonly Hit[];
  /** Whether there were fewer than `limit` to choose. */
  readonly isExhausted: boolean;
}

/**
 * Runs a query on a view. Whatever scores below the threshold is out first; then groups are formed or diverse results
 * chosen; then the offset is skipped, of groups where there are groups.
 *
 * @returns  no promise where a short search by a vector is all there is to do: at ten microseconds, promises are what costs
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED; RECORD_NOT_FOUND when the query names a record that the view does not see
 */
export function executeQuery(query: ValidQuery, view: View, bounds: Bounds): Execution | Promise<Execution> {
  const startedMs = performance.now();
  // Who only wants slow queries explained does not slow the others down.
  const isFollowed = query.explain || query.observer?.onStretch !== undefined;
  const trace = isFollowed ? new Trace(startedMs, query.observer?.onStretch) : undefined;
  const run = new QueryRun(query, view, new Pace(bounds, trace));
  const chosen = trace !== undefined || isTurnUsedUp() ? undefined : chooseAtOnce(run);
  return chosen === undefined ? executeInTurns(run, startedMs) : executionOf(run, chosen, startedMs);
}

async function executeInTurns(run: QueryRun, startedMs: number): Promise<Execution> {
  const { pace, query } = run;
  if (query.observer !== undefined) pace.follow(new Trace(startedMs));
  try {
    await pace.begin();
    return executionOf(run, await choose(run), startedMs);
  } catch (error) {
    pace.trace?.end();
    throw error;
  }
}

function executionOf(run: QueryRun, { hits, isExhausted }: Chosen, startedMs: number): Execution {
  return { hits, stats: run.stats(isExhausted, performance.now() - startedMs), trace: run.pace.trace, run };
}

/** What a short search by one vector finds; undefined when the query asks for more, or takes more. */
function chooseAtOnce(run: QueryRun): Chosen | undefined {
  const { groups, diversity, offset, limit } = run.query;
  if (groups !== undefined || diversity !== undefined) return undefined;
  const hits = run.closestAtOnce(offset + limit);
  return hits && fromList(run, hits);
}

async function choose(run: QueryRun): Promise<Chosen> {
  const { groups, diversity } = run.query;
  if (groups !== undefined) return fromGroups(run, await searchGroups(run, groups));
  if (diversity !== undefined) return fromList(run, await diversify(run, diversity));
  return fromList(run, (await run.closest(run.query.offset + run.query.limit)).hits);
}

function fromList({ query }: QueryRun, hits: readonly Hit[]): Chosen {
  const left = query.offset === 0 ? hits : hits.slice(query.offset);
  return { hits: left, isExhausted: left.length < query.limit };
}

function fromGroups({ query, view }: QueryRun, groups: readonly Group[]): Chosen {
  const left = groups.slice(query.offset);
  const hits = left.flatMap((group) => group.hits).sort((a, b) => compareHits(view, a, b));
  return { hits, isExhausted: left.length < query.limit };
}
