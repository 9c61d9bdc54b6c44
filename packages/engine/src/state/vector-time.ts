import type { NamespaceState } from "./namespace-state.js";

/** Sums of milliseconds beyond this are moved into a bigint, so that none loses a bit. */
const SUM_MAX = 2 ** 52;

/**
 * The integral of the number of records over log time, in record-milliseconds, from the creation of the namespace to `untilMs`. Exact: a
 * record counts from the entry that wrote it to the one that deleted it, or to its expiry, whenever that is noticed. Time in which the
 * store was closed counts: the records were stored.
 *
 * @param untilMs  log time; what was counted already stays when it is earlier
 * Cost: O(k) for k records whose time has passed and that no entry has removed yet.
 */
export function vectorMsUntil(state: NamespaceState, untilMs: number): bigint {
  const { countedAtMs } = state;
  if (untilMs <= countedAtMs) return state.vectorMs;
  return heldVectorMs(state, state.liveCount + state.softCount, untilMs) - lateMs(state, untilMs);
}

/** How far the integral is counted, and up to which log time. */
export interface VectorTime {
  readonly vectorMs: bigint;
  readonly countedAtMs: number;
}

/** The integral up to `untilMs` of a namespace that keeps all its records until then: one of which the catalog says so is not opened for it. */
export function heldVectorMs({ vectorMs, countedAtMs }: VectorTime, records: number, untilMs: number): bigint {
  return vectorMs + BigInt(records) * BigInt(Math.max(0, untilMs - countedAtMs));
}

/** Record-milliseconds since `countedAtMs` of records whose time had passed, and that no entry has removed yet. */
function lateMs(state: NamespaceState, untilMs: number): bigint {
  let late = 0n;
  let sum = 0;
  for (const { expiry } of state.segments) {
    for (const slot of expiry.due(untilMs)) {
      sum += untilMs - Math.max(expiry.of(slot), state.countedAtMs);
      if (sum < SUM_MAX) continue;
      late += BigInt(sum);
      sum = 0;
    }
  }
  return late + BigInt(sum);
}

/** Counts the time up to an entry of the log, before it changes which records there are. Only `apply` and restores call it. */
export function countVectorTime(state: NamespaceState, untilMs: number): void {
  state.vectorMs = vectorMsUntil(state, untilMs);
  state.countedAtMs = Math.max(state.countedAtMs, untilMs);
}

const SECOND_MS = 1_000n;

/** A sum of record-milliseconds as a manifest has it: whole seconds, and what is left. */
export interface StoredVectorTime {
  readonly vectorSeconds: bigint;
  readonly vectorMilliseconds: number;
  readonly countedAtMs: bigint;
}

/** What a manifest keeps of it. */
export function storedVectorTime({ vectorMs, countedAtMs }: VectorTime): StoredVectorTime {
  return {
    vectorSeconds: vectorMs / SECOND_MS,
    vectorMilliseconds: Number(vectorMs % SECOND_MS),
    countedAtMs: BigInt(countedAtMs),
  };
}

/** The sum that a manifest has, in record-milliseconds. */
export function vectorMsOf({ vectorSeconds, vectorMilliseconds }: Omit<StoredVectorTime, "countedAtMs">): bigint {
  return vectorSeconds * SECOND_MS + BigInt(vectorMilliseconds);
}

/** What a manifest kept; one that kept nothing counts from its own time on. */
export function vectorTimeOf(stored: StoredVectorTime & { readonly timeMs: bigint }): VectorTime {
  return {
    vectorMs: vectorMsOf(stored),
    countedAtMs: Number(stored.countedAtMs || stored.timeMs),
  };
}
