import { BATCH_SLOTS, laneOf } from "./arena-lanes.js";
import type { CoreExports } from "./bind.js";
import type { GraphSearch } from "./graph.js";
import * as layout from "./layout.js";
import type { GatherWork, Near, ScanSetWork, ScanWork, SearchWork, TaskResult, TaskWork } from "./task-work.js";

/** A memory as a thread sees it: the core over it, and views. */
export interface TaskPlace {
  readonly exports: CoreExports;
  readonly words: Uint32Array;
  readonly floats: Float32Array;
}

/** Does a piece of work in this thread; the buffers it writes to are the thread's own. */
export function runTask(place: TaskPlace, work: TaskWork): TaskResult {
  if (work.kind === "scan") return scan(place, work);
  if (work.kind === "gather") return gather(place, work);
  return work.kind === "search" ? search(place, work) : [scanSet(place, work)];
}

/** Collects what is near; grown to the longest piece of work so far. */
let nearPlaces = new Uint32Array(BATCH_SLOTS);
let nearDistances = new Float32Array(BATCH_SLOTS);

function reserve(count: number): void {
  if (nearPlaces.length >= count) return;
  const [places, distances] = [nearPlaces, nearDistances];
  nearPlaces = new Uint32Array(2 * count);
  nearDistances = new Float32Array(2 * count);
  nearPlaces.set(places);
  nearDistances.set(distances);
}

function scan({ exports, floats }: TaskPlace, { metric, query, bound, runs, lane: index }: ScanWork): Near {
  const lane = laneOf(index);
  floats.set(query, lane.query / 4);
  let near = 0;
  let place = 0;
  // The last run holds the first slots.
  for (let run = runs.length - 3; run >= 0; run -= 3) {
    const count = runs[run + 2]!;
    reserve(place + count);
    for (let from = 0; from < count; from += BATCH_SLOTS) {
      const n = Math.min(BATCH_SLOTS, count - from);
      const vectors = runs[run]! + from * query.length * 4;
      exports.scan(metric, vectors, runs[run + 1]! + from * 4, n, query.length, lane.query, lane.out);
      near = collect(floats, lane.out / 4, n, place + from, bound, near);
    }
    place += count;
  }
  return nearOf(near);
}

function gather(
  { exports, floats, words }: TaskPlace,
  { metric, query, bound, places, lane: index }: GatherWork,
): Near {
  const lane = laneOf(index);
  floats.set(query, lane.query / 4);
  const count = places.length / 2;
  reserve(count);
  let near = 0;
  for (let from = 0; from < count; from += BATCH_SLOTS) {
    const n = Math.min(BATCH_SLOTS, count - from);
    words.set(places.subarray(2 * from, 2 * (from + n)), lane.places / 4);
    exports.gather(metric, lane.places, n, query.length, lane.query, lane.out);
    near = collect(floats, lane.out / 4, n, from, bound, near);
  }
  return nearOf(near);
}

/** Adds those of `n` distances from index `start` on that are not beyond the bound; returns how many there are by now. */
function collect(floats: Float32Array, start: number, n: number, first: number, bound: number, before: number): number {
  let near = before;
  for (let i = 0; i < n; i++) {
    const distance = floats[start + i]!;
    if (distance > bound) continue;
    nearPlaces[near] = first + i;
    nearDistances[near++] = distance;
  }
  return near;
}

function nearOf(count: number): Near {
  return { places: nearPlaces.slice(0, count), distances: nearDistances.slice(0, count) };
}

function search(place: TaskPlace, work: SearchWork): GraphSearch[] {
  const { header, scratch, dimension, queries, ef, rank, stretch, offsets } = work;
  const found: GraphSearch[] = [];
  for (const [i, offset] of offsets.entries()) {
    begin(place, scratch, queries.subarray(i * dimension, (i + 1) * dimension));
    found.push(foundAt(place, scratch, place.exports.search(header, scratch, ef, rank, stretch, offset)));
  }
  return found;
}

function scanSet(place: TaskPlace, { header, scratch, query, words, from, to, most }: ScanSetWork): GraphSearch {
  begin(place, scratch, query);
  place.words.set(words, place.words[(scratch + layout.SCRATCH_ACCEPT) / 4]! / 4 + (from >>> 5));
  return foundAt(place, scratch, place.exports.scanSet(header, scratch, from, to, most));
}

/** Puts the query where the core reads it. */
function begin({ words, floats }: TaskPlace, scratch: number, query: Float32Array): void {
  floats.set(query, words[(scratch + layout.SCRATCH_INPUT) / 4]! / 4);
  words[(scratch + layout.SCRATCH_WITHOUT) / 4] = 0;
}

/** The outcome of a search, copied out of the scratch. */
export function foundAt({ words, floats }: Omit<TaskPlace, "exports">, scratch: number, count: number): GraphSearch {
  const slots = words[(scratch + layout.SCRATCH_SLOTS) / 4]! / 4;
  const distances = words[(scratch + layout.SCRATCH_DISTANCES) / 4]! / 4;
  return {
    count,
    slots: words.slice(slots, slots + count),
    distances: floats.slice(distances, distances + count),
    deviation: floats[(scratch + layout.SCRATCH_DEVIATION) / 4]!,
    indexed: words[(scratch + layout.SCRATCH_LIMIT) / 4]!,
    visited: words[(scratch + layout.SCRATCH_EXPANDED) / 4]!,
    computed: words[(scratch + layout.SCRATCH_COMPUTED) / 4]!,
  };
}
