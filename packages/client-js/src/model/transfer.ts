import type { CallOptions } from "./call.js";
import type { Filtered } from "./filter.js";

/** Options of `export`. A record carries all its parts unless one is set to false. */
export interface ExportOptions extends Filtered, CallOptions {
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
