import type { QueryHit, QueryOptions, VecStoreClient } from "@vecstore/client";

/** How much of the true answers was found. */
export interface MeasuredRecall {
  /** Mean share, 0..1. */
  readonly recall: number;
  /** Results of a query. */
  readonly limit: number;
  /** Queries that were compared. */
  readonly samples: number;
}

/**
 * Compares answers with exact ones.
 *
 * @param options  of the queries; `exact` is added for the comparison
 */
export async function measureRecallOf(
  client: VecStoreClient,
  vectors: readonly Float32Array[],
  options: QueryOptions,
): Promise<MeasuredRecall> {
  let found = 0;
  let wanted = 0;
  for (const vector of vectors) {
    const { efSearch, recallTarget, ...rest } = options;
    const exact = await client.query(vector, { ...rest, exact: true });
    const given = await client.query(vector, options);
    wanted += exact.length;
    found += countFound(exact, given);
  }
  return { recall: wanted === 0 ? 1 : found / wanted, limit: options.limit ?? 10, samples: vectors.length };
}

/** Of several records at the distance of the last one any is right. */
function countFound(exact: readonly QueryHit[], given: readonly QueryHit[]): number {
  const last = exact.at(-1)?.score ?? Number.POSITIVE_INFINITY;
  const ids = new Set(exact.map(({ id }) => id));
  return Math.min(exact.length, given.filter(({ id, score }) => ids.has(id) || score >= last).length);
}
