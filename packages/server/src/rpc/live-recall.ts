import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { QueryHit, QueryRequest, VecStore } from "@vecstore/engine";

/** What the measure of recall needs. */
export interface LiveRecallOptions {
  /** Of the queries that are asked again, and of the time that this takes: above 0, at most 1. */
  readonly share: number;
  /** Told of each query that was compared: the share of its true results that the index had found, 0..1. */
  readonly onMeasured: (namespace: string, recall: number) => void;
  /** Uniform in 0..1. */
  readonly random?: () => number;
  /** Milliseconds of a clock that does not go back. */
  readonly nowMs?: () => number;
  /** Looks for a while how busy the process is, 0..1. */
  readonly load?: () => Promise<number>;
}

/** A busier process measures nothing: recall can wait, callers cannot. */
const LOAD_MAX = 0.8;
/** How long the load is looked at. */
const LOOK_MS = 100;
/** A comparison that takes longer is given up. */
const COMPARE_MS_MAX = 5_000;

/**
 * Measures how much of what is nearest queries find: asks a share of them again, with the index and exactly, both on the same
 * records. It works in the background, on one query at a time, and its work takes at most its share of the time.
 */
export class LiveRecall {
  readonly #options: Required<LiveRecallOptions>;
  #isMeasuring = false;
  /** Not before this, so that the share of the time is kept. */
  #fromMs = Number.NEGATIVE_INFINITY;

  constructor({
    random = Math.random,
    nowMs = () => performance.now(),
    load = lookAtLoad,
    ...given
  }: LiveRecallOptions) {
    this.#options = { random, nowMs, load, ...given };
  }

  /** Takes a query that was answered, or leaves it. Costs a random number where it leaves it. */
  offer(store: VecStore, query: QueryRequest): void {
    const { random, share, nowMs } = this.#options;
    if (random() >= share || this.#isMeasuring || nowMs() < this.#fromMs || !isComparable(query)) return;
    this.#isMeasuring = true;
    // The buffer below may be the next request's by the time it is looked at.
    const kept = { ...query, ...(query.vector !== undefined && { vector: Float32Array.from(query.vector) }) };
    void this.#measure(store, kept).finally(() => {
      this.#isMeasuring = false;
    });
  }

  async #measure(store: VecStore, query: QueryRequest): Promise<void> {
    const { load, nowMs, share, onMeasured } = this.#options;
    if ((await load()) > LOAD_MAX) return;
    const startedMs = nowMs();
    try {
      const recall = await compare(store, query);
      if (recall !== undefined) onMeasured(store.info.name, recall);
    } catch {
      // The namespace or the store went away, or it took too long: there is nothing to tell then.
    } finally {
      const endedMs = nowMs();
      this.#fromMs = endedMs + (endedMs - startedMs) * (1 / share - 1);
    }
  }
}

/** Whether an exact search by one vector would say what is missing. */
function isComparable({ vector, id, sparse, text, exact, groupBy, diversity }: QueryRequest): boolean {
  const isDense = (vector !== undefined || id !== undefined) && sparse === undefined && text === undefined;
  return isDense && exact !== true && groupBy === undefined && diversity === undefined;
}

/** @returns  undefined when there is nothing to find */
async function compare(store: VecStore, query: QueryRequest): Promise<number | undefined> {
  const { vector, id, limit, filter, scoreThreshold, offset, efSearch, recallTarget } = query;
  const common = {
    ...{ vector, id, limit, filter, scoreThreshold, offset },
    ...{ includeMetadata: false, includeVector: false, includeText: false, uncounted: true },
    deadlineMs: Date.now() + COMPARE_MS_MAX,
  };
  // One batch runs on one view, so that a write in between is no miss.
  const [found, wanted] = await store.batchQuery([
    { ...common, efSearch, recallTarget },
    { ...common, exact: true },
  ]);
  return recallOf(found!.results, wanted!.results);
}

/** What is as close as the last of the exact answer counts as found: ties have no order that says which is right. */
function recallOf(found: readonly QueryHit[], wanted: readonly QueryHit[]): number | undefined {
  const last = wanted.at(-1);
  if (last === undefined) return undefined;
  return Math.min(wanted.length, found.filter(({ score }) => score >= last.score).length) / wanted.length;
}

async function lookAtLoad(): Promise<number> {
  const before = performance.eventLoopUtilization();
  await wait(LOOK_MS, undefined, { ref: false });
  return performance.eventLoopUtilization(before).utilization;
}
