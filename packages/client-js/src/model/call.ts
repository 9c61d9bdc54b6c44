/** What every call takes. */
export interface CallOptions {
  /** Aborting it ends the call, its retries and its waits with CANCELED. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds for the whole call, retries included; then it fails with DEADLINE_EXCEEDED. `Infinity` is no deadline.
   * Default: the client's, save for streams, `compact` and snapshots, which have none unless it is given here.
   */
  readonly timeoutMs?: number;
}
