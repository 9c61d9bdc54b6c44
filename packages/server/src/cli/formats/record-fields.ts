import type { ErrorReason, Metadata, RecordInput, SparseVector } from "@vecstore/client";
import { LIMITS } from "@vecstore/engine";
import { RowError } from "./row.js";

/** Which fields of a row are what; those that are not named become metadata. */
export interface FieldNames {
  readonly id: string;
  readonly vector: string;
  readonly text: string;
  readonly metadata: string;
}

/** The names that an export has. */
export const FIELD_NAMES: FieldNames = { id: "id", vector: "vector", text: "text", metadata: "metadata" };

/** Fields of an export that say nothing to an import: who writes gives a record its version. */
const OUTPUT_ONLY: ReadonlySet<string> = new Set(["version"]);

/** REST takes both forms of a name. */
const OTHER_FORMS: Readonly<Record<string, string>> = {
  vectorF32: "vector_f32",
  expiresAt: "expires_at",
  ifVersion: "if_version",
};

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * The record in the fields of a row.
 *
 * `id` is a string, or an integer, which becomes one. A vector is numbers, or `vector_f32`: base64 of little-endian f32. Metadata are
 * an object, or JSON of one; every field that has no meaning of its own is put beside them. Undefined fields are absent.
 *
 * @throws RowError
 */
export function recordOf(fields: Readonly<Record<string, unknown>>, names: FieldNames = FIELD_NAMES): RecordInput {
  const { known, others } = sort(fields, names);
  const vector = vectorOf(known);
  const sparse = known.sparse === undefined || known.sparse === null ? undefined : sparseOf(known.sparse);
  const text = textOf(known.text);
  const metadata = metadataOf(known.metadata, others);
  const expiresAtMs = timeOf(known.expires_at);
  const ifVersion = versionOf(known.if_version);
  return {
    id: idOf(known.id),
    ...(vector !== undefined && { vector }),
    ...(sparse !== undefined && { sparse }),
    ...(text !== undefined && { text }),
    ...(metadata !== undefined && { metadata }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(ifVersion !== undefined && { ifVersion }),
  };
}

type Known = Readonly<Record<string, unknown>>;

/** What each field means, by its name; made once for all rows of a source. */
const MEANINGS = new WeakMap<FieldNames, ReadonlyMap<string, string>>();

function meaningsOf(names: FieldNames): ReadonlyMap<string, string> {
  const known = MEANINGS.get(names);
  if (known !== undefined) return known;
  const meanings = new Map<string, string>([
    ...["sparse", "vector_f32", "expires_at", "if_version"].map((name) => [name, name] as const),
    ...Object.entries(OTHER_FORMS),
    ...Object.entries(names).map(([meaning, name]) => [name, meaning] as const),
  ]);
  MEANINGS.set(names, meanings);
  return meanings;
}

/** Fields that have a meaning under the names of an export, and the others. */
function sort(fields: Readonly<Record<string, unknown>>, names: FieldNames): { known: Known; others: Known } {
  const meanings = meaningsOf(names);
  const known: Record<string, unknown> = {};
  const others: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const meaning = meanings.get(name);
    if (meaning !== undefined) known[meaning] = value;
    else if (!OUTPUT_ONLY.has(name)) others.push([name, value]);
  }
  // fromEntries defines properties, so that a field named __proto__ stays one.
  return { known, others: Object.fromEntries(others) };
}

function idOf(value: unknown): string {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "string")
    throw bad("INVALID_ID", `the id is ${describe(value)}; a string or an integer is needed`);
  return wellFormed(value, "the id", "INVALID_ID");
}

function vectorOf({ vector, vector_f32: base64 }: Known): Float32Array | readonly number[] | undefined {
  if (base64 !== undefined && base64 !== null) {
    if (vector !== undefined && vector !== null)
      throw bad("INVALID_VECTOR", "vector and vector_f32 are both there; one is allowed");
    return f32Of(base64);
  }
  if (vector === undefined || vector === null) return undefined;
  if (vector instanceof Float32Array) return vector.length > 0 ? vector : noVector(vector);
  if (!Array.isArray(vector) || vector.length === 0) return noVector(vector);
  const at = vector.findIndex((each) => typeof each !== "number" || !Number.isFinite(Math.fround(each)));
  if (at >= 0)
    throw bad("INVALID_VECTOR", `vector[${at}] is ${describe(vector[at])}; a number that fits an f32 is needed`);
  return vector;
}

function noVector(value: unknown): never {
  throw bad("INVALID_VECTOR", `the vector is ${describe(value)}; an array of at least one number is needed`);
}

function f32Of(base64: unknown): Float32Array {
  const bytes = typeof base64 === "string" ? Buffer.from(base64, "base64") : undefined;
  if (bytes === undefined || bytes.length === 0 || bytes.length % 4 !== 0) {
    throw bad("INVALID_VECTOR", "vector_f32 is no base64 of f32s, 4 bytes a component");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
}

function sparseOf(value: unknown): SparseVector {
  const { indices, values } = (value ?? {}) as { indices?: unknown; values?: unknown };
  const isNumbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((each) => typeof each === "number");
  if (!isNumbers(indices) || !isNumbers(values) || indices.length !== values.length) {
    throw bad("INVALID_VECTOR", "sparse needs indices and values, as many numbers of each");
  }
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index > 0xffff_ffff);
  if (wrong !== undefined)
    throw bad("INVALID_VECTOR", `sparse has the index ${wrong}; allowed: integers, 0..4294967295`);
  return { indices, values };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw bad("INVALID_ARGUMENT", `the text is ${describe(value)}; a string is needed`);
  const bytes = Buffer.byteLength(value);
  if (bytes > LIMITS.textBytesMax) {
    throw bad("TEXT_TOO_LARGE", `the text has ${bytes} bytes; allowed: ${LIMITS.textBytesMax}`);
  }
  return wellFormed(value, "the text", "INVALID_ARGUMENT");
}

function metadataOf(value: unknown, others: Known): Metadata | undefined {
  const given = value === undefined || value === null ? undefined : objectOf(value);
  const names = Object.keys(others);
  if (given === undefined && names.length === 0) return undefined;
  const twice = names.find((name) => given !== undefined && Object.hasOwn(given, name));
  if (twice !== undefined) {
    throw bad("INVALID_METADATA", `${JSON.stringify(twice)} is a field of the row and of its metadata; one is allowed`);
  }
  const metadata = names.length === 0 ? given! : { ...given, ...others };
  checkMetadata(metadata, "metadata", 1);
  return metadata as Metadata;
}

function objectOf(value: unknown): Known {
  const object = typeof value === "string" ? parseJson(value) : value;
  if (typeof object === "object" && object !== null && !Array.isArray(object)) return object as Known;
  throw bad("INVALID_METADATA", `the metadata are ${describe(object)}; an object is needed`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad("INVALID_METADATA", `the metadata are no JSON: ${(error as Error).message}`);
  }
}

/** What the client would refuse, and with it all that is sent together. */
function checkMetadata(value: unknown, path: string, depth: number): void {
  if (typeof value === "string") wellFormed(value, path, "INVALID_METADATA");
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (typeof value !== "object" || depth > LIMITS.metadataDepthMax + 1) {
    const problem =
      typeof value === "object" ? `nests past ${LIMITS.metadataDepthMax} levels` : `is ${describe(value)}`;
    throw bad(
      "INVALID_METADATA",
      `${path} ${problem}; metadata hold what JSON holds, in ${LIMITS.metadataDepthMax} levels`,
    );
  }
  if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) checkMetadata(each, `${path}[${at}]`, depth + 1);
    return;
  }
  for (const [key, each] of Object.entries(value)) {
    wellFormed(key, `a key of ${path}`, "INVALID_METADATA");
    checkMetadata(each, `${path}.${key}`, depth + 1);
  }
}

function timeOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = typeof value === "string" && RFC3339.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw bad("INVALID_ARGUMENT", `expires_at is ${describe(value)}; a time such as 2027-01-01T00:00:00Z is needed`);
}

function versionOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw bad("INVALID_ARGUMENT", `if_version is ${describe(value)}; an integer of 0 or more is needed`);
}

/** Half a surrogate pair has no UTF-8: two different ids would become one. */
function wellFormed(text: string, what: string, reason: ErrorReason): string {
  if (/\p{Surrogate}/u.test(text)) throw bad(reason, `${what} holds half a surrogate pair; correct the text`);
  return text;
}

/** A value in a message: short, and without what it holds. */
function describe(value: unknown): string {
  if (value === undefined) return "absent";
  if (value === null) return "null";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value) || value instanceof Float32Array) return `an array of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return `of type ${typeof value}`;
}

function bad(reason: ErrorReason, message: string): RowError {
  return new RowError(reason, message);
}
