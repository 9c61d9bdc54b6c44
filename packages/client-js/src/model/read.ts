import type { CallOptions } from "./call.js";
import type { Filtered } from "./filter.js";
import type { Metadata } from "./metadata.js";
import type { Projection, StoredRecord } from "./record.js";

/** Options of `get`. */
export interface GetOptions extends Projection, CallOptions {}

/** Records in the order asked, and the ids that are not there. */
export interface GetResult<M extends object = Metadata> {
  /** Those that are there, in the order asked. */
  readonly records: readonly StoredRecord<M>[];
  /** The ids that are not there, or hidden. */
  readonly missing: readonly string[];
}

/** Options of `list`. */
export interface ListOptions extends Projection, Filtered, CallOptions {
  /** Only ids that begin with this. */
  readonly prefix?: string;
  /** 1..1,000. Default 100. */
  readonly pageSize?: number;
}

/** Options of `listPage`. */
export interface ListPageOptions extends ListOptions {
  /** From the previous page; bound to the same prefix and filter. */
  readonly pageToken?: string;
}

/** Records by ascending id, compared as UTF-8 bytes. */
export interface ListPage<M extends object = Metadata> {
  /** At most `pageSize` of them. */
  readonly records: readonly StoredRecord<M>[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/** Options of `count`. */
export interface CountOptions extends Filtered, CallOptions {}
