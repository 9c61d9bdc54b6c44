import type { ByteColumn } from "./byte-column.js";
import { finish, STEP, type Steps } from "./steps.js";

/** Runs shorter than this are sorted by insertion. */
const INSERTION_MAX = 24;
/** One bucket for "ended before this byte" and one for each byte. */
const BUCKETS = 257;

/**
 * Sorts indexes of `column` in place by their bytes; equal ones keep their order.
 *
 * A radix sort from the first byte on: of 1,000,000 ids it looks at each byte once or twice, where a comparison sort
 * makes 20 comparisons of each id, all of them through the common prefix.
 */
export function sortByBytes(indexes: Uint32Array, column: ByteColumn): void {
  finish(sortByBytesInSteps(indexes, column));
}

/** As `sortByBytes`, in steps. */
export function* sortByBytesInSteps(indexes: Uint32Array, column: ByteColumn): Steps<void> {
  const { length } = indexes;
  const sort = { indexes, column, other: new Uint32Array(length), buckets: new Uint16Array(length) };
  yield* sortLongRun(sort, 0, length, 0);
}

interface Sort {
  readonly indexes: Uint32Array;
  readonly column: ByteColumn;
  /** Where a pass distributes to, before it copies back. */
  readonly other: Uint32Array;
  /** The bucket of each index in this pass. */
  readonly buckets: Uint16Array;
}

/** Sorts [from, to), whose members are equal in the bytes before `depth`. Recursion ends at the longest id. */
function* sortLongRun(sort: Sort, from: number, to: number, depth: number): Steps<void> {
  if (to - from <= STEP) return sortRun(sort, from, to, depth);
  const starts = new Uint32Array(BUCKETS + 1);
  let level = depth;
  // A byte that all share, as in a common prefix, needs no pass.
  while ((yield* countInSteps(sort, from, to, level, starts)) === 1) {
    if (sort.buckets[from] === 0) return;
    level++;
  }
  toStarts(starts, from);
  const next = starts.slice();
  for (let at = from; at < to; at += STEP) {
    distribute(sort, at, Math.min(to, at + STEP), next);
    yield;
  }
  sort.indexes.set(sort.other.subarray(from, to), from);
  let sorted = 0;
  for (let bucket = 1; bucket < BUCKETS; bucket++) {
    yield* sortLongRun(sort, starts[bucket]!, starts[bucket + 1]!, level + 1);
    sorted += starts[bucket + 1]! - starts[bucket]!;
    if (sorted < STEP) continue;
    sorted = 0;
    yield;
  }
}

/** As `sortLongRun`, in one go. */
function sortRun(sort: Sort, from: number, to: number, depth: number): void {
  if (to - from <= INSERTION_MAX) {
    insertionSort(sort, from, to, depth);
    return;
  }
  const starts = new Uint32Array(BUCKETS + 1);
  let level = depth;
  while (countBuckets(sort, from, to, level, starts) === 1) {
    if (sort.buckets[from] === 0) return;
    level++;
  }
  toStarts(starts, from);
  distribute(sort, from, to, starts.slice());
  sort.indexes.set(sort.other.subarray(from, to), from);
  for (let bucket = 1; bucket < BUCKETS; bucket++) {
    if (starts[bucket + 1]! - starts[bucket]! > 1) sortRun(sort, starts[bucket]!, starts[bucket + 1]!, level + 1);
  }
}

/** Makes of the sizes of buckets where each begins, the first one at `from`. */
function toStarts(sizes: Uint32Array, from: number): void {
  for (let bucket = 0, sum = from; bucket <= BUCKETS; bucket++) {
    const size = sizes[bucket]!;
    sizes[bucket] = sum;
    sum += size;
  }
}

/** Puts the members of [from, to) where their buckets go on. */
function distribute({ other, indexes, buckets }: Sort, from: number, to: number, next: Uint32Array): void {
  for (let i = from; i < to; i++) other[next[buckets[i]!]!++] = indexes[i]!;
}

/** As `countBuckets`, in steps. */
function* countInSteps(sort: Sort, from: number, to: number, depth: number, sizes: Uint32Array): Steps<number> {
  sizes.fill(0);
  let used = 0;
  for (let at = from; at < to; at += STEP) {
    used += addToBuckets(sort, at, Math.min(to, at + STEP), depth, sizes);
    yield;
  }
  return used;
}

/** Fills `buckets` and `sizes` for the byte at `depth`; returns how many buckets are in use. */
function countBuckets(sort: Sort, from: number, to: number, depth: number, sizes: Uint32Array): number {
  sizes.fill(0);
  return addToBuckets(sort, from, to, depth, sizes);
}

/** Counts [from, to) in; returns how many buckets are in use that were not. */
function addToBuckets(sort: Sort, from: number, to: number, depth: number, sizes: Uint32Array): number {
  let used = 0;
  for (let i = from; i < to; i++) {
    const bucket = byteAt(sort.column, sort.indexes[i]!, depth) + 1;
    sort.buckets[i] = bucket;
    if (sizes[bucket]!++ === 0) used++;
  }
  return used;
}

/** The byte at `depth`; -1 behind the end. */
function byteAt(column: ByteColumn, index: number, depth: number): number {
  const start = column.startOf(index);
  if (start + depth >= column.endOf(index)) return -1;
  return column.chunkOf(start)[column.offsetOf(start) + depth]!;
}

function insertionSort(sort: Sort, from: number, to: number, depth: number): void {
  const indexes = sort.indexes;
  for (let i = from + 1; i < to; i++) {
    const moved = indexes[i]!;
    let at = i;
    while (at > from && isAfter(sort.column, indexes[at - 1]!, moved, depth)) {
      indexes[at] = indexes[at - 1]!;
      at--;
    }
    indexes[at] = moved;
  }
}

function isAfter(column: ByteColumn, a: number, b: number, depth: number): boolean {
  for (let at = depth; ; at++) {
    const byteA = byteAt(column, a, at);
    const byteB = byteAt(column, b, at);
    if (byteA !== byteB) return byteA > byteB;
    if (byteA < 0) return false;
  }
}
