/** A point in the life of a namespace: the writes up to one sequence, as they stand at one time. */
export interface Moment {
  /** Of the last write that counts. */
  readonly sequence: number;
  /** Milliseconds since 1970: what expires at or before it is not there. */
  readonly nowMs: number;
}
