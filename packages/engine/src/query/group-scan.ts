import type { Filter } from "../model/filter.js";
import { groupKeyOf, scalarOf } from "./group-key.js";
import type { Group } from "./groups.js";
import { aboveThreshold, compareHits, type Hit } from "./hydrate.js";
import { scanMatches } from "./match-scan.js";
import type { QueryRun } from "./run.js";
import { TopK } from "./top-k.js";
import type { Grouping } from "./validate-choice.js";
import type { View } from "./view.js";

/**
 * Looks at every record that matches, and returns the `wanted` groups with the closest records, each with its closest only.
 *
 * Cost: a distance for each match; the metadata of those that are closer than the farthest group so far.
 */
export async function scanGroups(run: QueryRun, { path }: Grouping, wanted: number): Promise<Group[]> {
  const { view, query } = run;
  const best = new BestOfGroups(view, wanted);
  await scanMatches(run, query.filter, (distance, segment, slot) => {
    if (distance > best.worst) return;
    best.offer(groupKeyOf(path, view.segments[segment]!.segment.metadataOf(slot)), { distance, segment, slot });
  });
  run.found({ strategy: query.filter === undefined ? "exact_scan" : "filter_scan", approximate: false });
  const groups = best.drain();
  const close = aboveThreshold(
    view.metric,
    groups.map(({ hit }) => hit),
    query.scoreThreshold,
  ).length;
  return groups.slice(0, close).map(({ key, hit }) => ({ key, hits: [hit] }));
}

/**
 * Gives each group its closest records, up to the size of a group, from all that match.
 *
 * Cost: nothing when all groups are full; else a look at the metadata of all records that match, and a distance for each
 * member of a group that is not full.
 */
export async function fillGroups(run: QueryRun, { path, size }: Grouping, groups: readonly Group[]): Promise<Group[]> {
  const { view, query } = run;
  const short = groups.filter(({ hits }) => hits.length < size);
  if (short.length === 0) return [...groups];
  const tops = new Map(short.map(({ key }): [string, TopK] => [key, new TopK(size, view)]));
  await scanMatches(run, narrowed(query.filter, path, [...tops.keys()]), (distance, segment, slot) => {
    tops.get(groupKeyOf(path, view.segments[segment]!.segment.metadataOf(slot)))?.offer(distance, segment, slot);
  });
  return groups.map((group) => {
    const top = tops.get(group.key);
    return top === undefined
      ? group
      : { key: group.key, hits: aboveThreshold(view.metric, top.drain(), query.scoreThreshold) };
  });
}

/** A filter that lets the members of these groups through, and others where a group is not named for a scalar. */
function narrowed(filter: Filter | undefined, path: readonly string[], keys: readonly string[]): Filter | undefined {
  const values = keys.map(scalarOf);
  if (!values.every((value) => value !== undefined)) return filter;
  const members: Filter = { kind: "in", path, values };
  return filter === undefined ? members : { kind: "and", operands: [filter, members] };
}

/** The closest record of each of the closest groups. */
class BestOfGroups {
  /** A record farther than this is in none of the groups wanted. */
  worst = Number.POSITIVE_INFINITY;
  readonly #view: View;
  readonly #wanted: number;
  readonly #best = new Map<string, Hit>();

  constructor(view: View, wanted: number) {
    this.#view = view;
    this.#wanted = wanted;
  }

  offer(key: string, hit: Hit): void {
    const known = this.#best.get(key);
    if (known !== undefined && compareHits(this.#view, known, hit) <= 0) return;
    this.#best.set(key, hit);
    // Sorting twice as many as are wanted, now and then, costs less than keeping them sorted.
    if (this.#best.size > 2 * this.#wanted) this.#keep(this.drain());
  }

  /** The groups wanted, closest first. */
  drain(): { readonly key: string; readonly hit: Hit }[] {
    const all = Array.from(this.#best, ([key, hit]) => ({ key, hit }));
    return all.sort((a, b) => compareHits(this.#view, a.hit, b.hit)).slice(0, this.#wanted);
  }

  /** A group that is dropped may come back with a record that is closer. */
  #keep(groups: readonly { readonly key: string; readonly hit: Hit }[]): void {
    this.#best.clear();
    for (const { key, hit } of groups) this.#best.set(key, hit);
    this.worst = groups.at(-1)!.hit.distance;
  }
}
