import type { RequestCounts as StoredCounts } from "../gen/vecstore/storage/v1/log.js";
import type { RequestCounts } from "../model/usage.js";

/** Of a namespace that nobody has asked anything. */
export const NO_REQUESTS: Readonly<RequestCounts> = { requests: 0, queries: 0, refusals: 0, bytesIn: 0, bytesOut: 0 };

/**
 * What holds of two counts of one namespace. Neither ever goes down, so the larger one is the later one, whichever was written first: a
 * checkpoint of the catalog may know more than an entry behind it.
 */
export function laterCounts(a: Readonly<RequestCounts>, b: Readonly<RequestCounts>): RequestCounts {
  return {
    requests: Math.max(a.requests, b.requests),
    queries: Math.max(a.queries, b.queries),
    refusals: Math.max(a.refusals, b.refusals),
    bytesIn: Math.max(a.bytesIn, b.bytesIn),
    bytesOut: Math.max(a.bytesOut, b.bytesOut),
  };
}

/** Whether nothing happened between two counts. */
export function sameCounts(a: Readonly<RequestCounts>, b: Readonly<RequestCounts>): boolean {
  return (
    a.requests === b.requests &&
    a.queries === b.queries &&
    a.refusals === b.refusals &&
    a.bytesIn === b.bytesIn &&
    a.bytesOut === b.bytesOut
  );
}

/** Counts as they are logged. */
export function storedCounts(number: number, counts: Readonly<RequestCounts>): StoredCounts {
  return {
    number,
    requests: BigInt(counts.requests),
    queries: BigInt(counts.queries),
    refusals: BigInt(counts.refusals),
    bytesIn: BigInt(counts.bytesIn),
    bytesOut: BigInt(counts.bytesOut),
  };
}

/** Counts that were logged. */
export function countsOf(stored: StoredCounts): RequestCounts {
  return {
    requests: Number(stored.requests),
    queries: Number(stored.queries),
    refusals: Number(stored.refusals),
    bytesIn: Number(stored.bytesIn),
    bytesOut: Number(stored.bytesOut),
  };
}
