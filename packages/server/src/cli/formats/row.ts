import type { ErrorReason, RecordInput } from "@vecstore/client";

/** Why a row is no record: the server's reasons, and a sentence for people. */
export class RowError extends Error {
  readonly reason: ErrorReason;

  /** @param message  what was got, what is allowed */
  constructor(reason: ErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** One row of a source: a record, or what is wrong with it. */
export interface SourceRow {
  /** Where it stands: the line of a file of lines, else the row; the first is 1. Grows from row to row. */
  readonly row: number;
  readonly record?: RecordInput;
  readonly problem?: RowError;
  /** The row as it stands in the source, for whoever has to correct it: a line, or a value that JSON can hold. */
  readonly source?: unknown;
}

/** How far the reading of a source is. */
export interface SourceProgress {
  /** Bytes or rows that were read. */
  readonly done: number;
  /** The same for the whole source; absent when that is not known, as of standard input. */
  readonly total?: number;
}

/** Where records come from. */
export interface RecordSource {
  /**
   * The rows behind `after`, which is 0 or the number of a row, in their order; to be walked once.
   *
   * @throws RowError never: a bad row is a row. ConfigError when the whole source is no such file; the system's error
   */
  rows(after: number): AsyncGenerator<SourceRow, void, undefined>;
  progress(): SourceProgress;
}
