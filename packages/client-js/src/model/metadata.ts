/** A JSON value. Numbers are doubles; NaN and infinities are refused. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  /** A value by its key. */
  readonly [key: string]: JsonValue;
}

/** What a caller attaches to a record: at most 40 KiB as UTF-8 JSON, nested at most 16 levels. */
export type Metadata = JsonObject;
