import type { HttpJson } from "./http-json.js";

/** Another vector database whose records are read. */
export interface Foreign {
  /** As it is named after `--from`. */
  readonly name: string;
  /** The points in an answer of its API, or in a file that keeps one; undefined when it is none. */
  pointsIn(json: unknown): readonly unknown[] | undefined;
  /**
   * The fields of a point under the names of an export of ours.
   *
   * @throws ConfigError when only a flag can say which of several vectors is meant; RowError for a point that is no record
   */
  fieldsOf(point: unknown, choice: ForeignChoice): Readonly<Record<string, unknown>>;
  /** Its API, page by page. */
  pages(http: HttpJson, place: ForeignPlace): AsyncGenerator<ForeignPage, void, undefined>;
  /** Points in all, as its API says; undefined where it does not. */
  count(http: HttpJson, place: ForeignPlace): Promise<number | undefined>;
  /** The header that carries a key. */
  keyHeader(key: string): Readonly<Record<string, string>>;
}

/** What of a point becomes what, where there is a choice. */
export interface ForeignChoice {
  /** Of several named vectors. */
  readonly vectorName: string | undefined;
  /** The field of the metadata that becomes the text. */
  readonly textField: string | undefined;
}

/** Where the points are. */
export interface ForeignPlace {
  /** Qdrant and Chroma: the collection. */
  readonly collection: string;
  /** Pinecone: the namespace; empty is its default one. */
  readonly namespace: string;
  /** Chroma. */
  readonly tenant: string;
  /** Chroma. */
  readonly database: string;
  /** Points of a page. */
  readonly pageSize: number;
  /** Points that an earlier run has done: pages of them alone need no content. */
  readonly after: number;
}

/** A page of points. */
export interface ForeignPage {
  readonly count: number;
  /** As many as `count`; undefined where all of them were done before. */
  readonly points: readonly unknown[] | undefined;
}

/** An object of JSON; empty for anything else. */
export function objectIn(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : {};
}

/** A list of JSON; undefined for anything else. */
export function listIn(json: unknown): readonly unknown[] | undefined {
  return Array.isArray(json) ? json : undefined;
}

/** Metadata without the field that becomes the text, and that text. */
export function splitText(
  metadata: unknown,
  textField: string | undefined,
): { readonly metadata: unknown; readonly text?: unknown } {
  const object = objectIn(metadata);
  if (textField === undefined || !Object.hasOwn(object, textField)) return { metadata };
  const { [textField]: text, ...rest } = object;
  return { metadata: rest, text };
}

/** A sparse vector with its indices in ascending order, as ours has them; undefined for one without components, which others keep. */
export function sortedSparse(sparse: unknown): unknown {
  const { indices, values } = objectIn(sparse);
  if (!Array.isArray(indices) || !Array.isArray(values) || indices.length !== values.length) return sparse;
  if (indices.length === 0) return undefined;
  const order = [...indices.keys()].sort((a, b) => indices[a] - indices[b]);
  return { indices: order.map((at) => indices[at]), values: order.map((at) => values[at]) };
}
