import type { ErrorReason } from "../errors.js";
import type { CallOptions } from "./call.js";
import type { Filtered } from "./filter.js";
import type { InterruptionOptions } from "./interruption.js";
import type { WriteMode } from "./write.js";

/** Options of `export`. A record carries all its parts unless one is set to false. */
export interface ExportOptions extends Filtered, CallOptions, InterruptionOptions {
  /** Only ids that begin with this. */
  readonly prefix?: string;
  /** Of an `ExportStream` that broke off, to go on after it; with the same prefix and filter. */
  readonly resumeToken?: string;
  /** Default true. */
  readonly includeMetadata?: boolean;
  /** Vectors, dense and sparse. Default true. */
  readonly includeVector?: boolean;
  /** Default true. */
  readonly includeText?: boolean;
}

/** Options of `import`. */
export interface ImportOptions extends CallOptions, InterruptionOptions {
  /** What to do with ids that exist. Default `upsert`. */
  readonly mode?: WriteMode;
  /** Records of a message, 1 or more; the server's limit is 1,000 unless it is raised. Default 500. */
  readonly batchSize?: number;
  /**
   * Of the last progress of an import that broke off, for the same namespace and mode; the records then begin behind its `rows`. What was
   * written and not answered is not counted twice.
   */
  readonly resumeToken?: string;
  /** Told how far it is, after each message that is on the server's disk; first with the token of the beginning. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Told of each record that was not written. */
  readonly onFailure?: (failure: ImportFailure) => void;
}

/** How far an import is. */
export interface ImportProgress {
  /** Records taken since it began, bad ones and those before a resumption too. */
  readonly rows: number;
  /** Of these, how many were written. */
  readonly imported: number;
  /** Of these, how many were bad. */
  readonly failed: number;
  /** Goes on behind `rows`. */
  readonly resumeToken: string;
  /** Namespace sequence of the last write. */
  readonly sequence: number;
}

/** A record that was not written. */
export interface ImportFailure {
  /** Position in the import; the first is 1. */
  readonly row: number;
  /** Its id; empty when it could not be read. */
  readonly id: string;
  /** What to act on. */
  readonly reason: ErrorReason;
  /** For people. */
  readonly message: string;
}
