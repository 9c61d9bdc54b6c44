import { LIMITS } from "../limits.js";
import { groupKeyOf } from "./group-key.js";
import { fillGroups, scanGroups } from "./group-scan.js";
import { compareHits, type Hit } from "./hydrate.js";
import type { QueryRun } from "./run.js";
import type { ValidQuery } from "./validate.js";
import type { Grouping } from "./validate-choice.js";

/** Records that share a value at the path of a grouping. */
export interface Group {
  /** See `groupKeyOf`. */
  readonly key: string;
  /** Closest first, ties by id; 1 to the size of a group. */
  readonly hits: readonly Hit[];
}

/** Records looked at first, for each result wanted: more than one, since groups are rarely of one size. */
const HITS_PER_RESULT = 2;
const HITS_MIN = 64;
/** How much longer each further list of candidates is. */
const GROWTH = 8;

/**
 * Finds the `offset + limit` groups whose best records are closest, each with its `size` closest records: as many groups as
 * exist, up to those wanted.
 *
 * @returns  groups by their closest record; those that the offset skips may have fewer members
 */
export function searchGroups(run: QueryRun, grouping: Grouping): Promise<readonly Group[]> {
  return run.scale === "score" ? groupsOfRanking(run, grouping) : groupsByDistance(run, grouping);
}

/** How many candidates are asked for first. */
export function firstNeed({ offset, limit }: Pick<ValidQuery, "offset" | "limit">, { size }: Grouping): number {
  return Math.max(HITS_MIN, HITS_PER_RESULT * (offset + limit) * size);
}

/**
 * In a search by a vector alone: the candidates of a search are grouped, then those of longer searches, as long as a graph can
 * give them; then every record that matches is looked at. Members that the candidates lack are looked up among the records of
 * their groups.
 *
 * Cost: when the values are rare or few, one pass over all records that match.
 */
async function groupsByDistance(run: QueryRun, grouping: Grouping): Promise<readonly Group[]> {
  const { offset, limit } = run.query;
  const wanted = offset + limit;
  const most = Math.max(LIMITS.efMax, wanted * grouping.size);
  let need = Math.min(most, firstNeed(run.query, grouping));
  for (;;) {
    const { hits, isAll } = await run.closest(need);
    run.pace.trace?.enter("group");
    const groups = formGroups(run, grouping, hits, wanted);
    if (isAll) return groups;
    if (groups.length === wanted) return fill(run, grouping, groups);
    if (need === most) return fill(run, grouping, await scanGroups(run, grouping, wanted));
    need = Math.min(most, need * GROWTH);
  }
}

/** In other searches: longer and longer lists are grouped, until all groups are full or nothing more matches. */
async function groupsOfRanking(run: QueryRun, grouping: Grouping): Promise<readonly Group[]> {
  const { offset, limit } = run.query;
  const wanted = offset + limit;
  const all = 1 + run.view.segments.reduce((sum, { count }) => sum + count, 0);
  let need = firstNeed(run.query, grouping);
  for (;;) {
    const { hits, isAll } = await run.closest(Math.min(all, need));
    run.pace.trace?.enter("group");
    const groups = formGroups(run, grouping, hits, wanted);
    const isFull = groups.length === wanted && groups.every((group) => group.hits.length === grouping.size);
    if (isAll || isFull) return groups;
    need *= GROWTH;
  }
}

/** Sorts hits, closest first, into the first `wanted` groups that they meet. */
function formGroups({ view }: QueryRun, { path, size }: Grouping, hits: readonly Hit[], wanted: number): Group[] {
  const groups = new Map<string, Hit[]>();
  for (const hit of hits) {
    const key = groupKeyOf(path, view.segments[hit.segment]!.segment.metadataOf(hit.slot));
    const group = groups.get(key);
    if (group === undefined && groups.size < wanted) groups.set(key, [hit]);
    else if (group !== undefined && group.length < size) group.push(hit);
  }
  return Array.from(groups, ([key, members]) => ({ key, hits: members }));
}

/** Completes the groups that are not skipped. */
async function fill(run: QueryRun, grouping: Grouping, groups: readonly Group[]): Promise<readonly Group[]> {
  const { offset } = run.query;
  const filled = await fillGroups(run, grouping, groups.slice(offset));
  // A member that the candidates lacked may be the closest.
  return [...groups.slice(0, offset), ...filled.sort((a, b) => compareHits(run.view, a.hits[0]!, b.hits[0]!))];
}
