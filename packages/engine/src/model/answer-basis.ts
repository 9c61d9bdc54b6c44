/**
 * What the answers of a namespace depend on beside the query: while sequence, incarnation and quota stay and the next expiry has not
 * come, a query finds the same records. Whoever keeps answers compares one taken before the query with one taken after.
 */
export interface AnswerBasis {
  /** Of the namespace; never given to another. */
  readonly number: number;
  /** Counts restored snapshots: with it, a sequence names a state for good. */
  readonly incarnation: number;
  /** Of the last write. */
  readonly sequence: number;
  /** When this was read: milliseconds since 1970 by the store's clock, which never goes back. */
  readonly nowMs: number;
  /** When the last write was logged, by the same clock; 0 when there was none. */
  readonly writtenAtMs: number;
  /** When the next record expires: after `nowMs`, infinite when none does. */
  readonly nextExpiryMs: number;
  /** The quota that decides how many results a query gets that names no limit. */
  readonly maxResultsPerQuery: number | undefined;
  /** Whether the namespace lets its answers be kept. */
  readonly cacheAnswers: boolean;
}
