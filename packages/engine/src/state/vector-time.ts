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
  let late = 0n;
  let sum = 0;
  for (const { expiry } of state.segments) {
    for (const slot of expiry.due(untilMs)) {
      sum += untilMs - Math.max(expiry.of(slot), countedAtMs);
      if (sum < SUM_MAX) continue;
      late += BigInt(sum);
      sum = 0;
    }
  }
  const kept = BigInt(state.liveCount + state.softCount);
  return state.vectorMs + kept * BigInt(untilMs - countedAtMs) - late - BigInt(sum);
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
export function storedVectorTime({
  vectorMs,
  countedAtMs,
}: Pick<NamespaceState, "vectorMs" | "countedAtMs">): StoredVectorTime {
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

/** Takes on what a manifest kept; one that kept nothing counts from its own time on. */
export function adoptVectorTime(state: NamespaceState, stored: StoredVectorTime & { readonly timeMs: bigint }): void {
  state.vectorMs = vectorMsOf(stored);
  state.countedAtMs = Number(stored.countedAtMs || stored.timeMs);
}
