/** What an answer depends on beside its query, as the engine tells it at one moment. */
export interface Basis {
  /** Of the namespace; never given to another. */
  readonly number: number;
  readonly incarnation: number;
  /** Of the last write. */
  readonly sequence: number;
  /** Milliseconds since 1970 by a clock that never goes back, as are the two times below. */
  readonly nowMs: number;
  /** When the last write was logged. */
  readonly writtenAtMs: number;
  /** When the next record expires; infinite when none does. */
  readonly nextExpiryMs: number;
  readonly maxResultsPerQuery: number | undefined;
}

/** The state of a namespace as a text: while it stays, and no record expires, a query has the same answer. */
export function stateOf({ number, incarnation, sequence, maxResultsPerQuery }: Basis): string {
  return `${number}.${incarnation}.${sequence}.${maxResultsPerQuery}`;
}
