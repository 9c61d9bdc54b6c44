import { createHash } from "node:crypto";
import { serialize } from "node:v8";

/** A query as far as its digest looks at it by name; whatever else it has counts too. */
export interface DigestedQuery {
  readonly vector?: Float32Array | readonly number[] | undefined;
  /** How the query ends early: no part of what it asks. */
  readonly signal?: unknown;
  readonly deadlineMs?: unknown;
  /** Who is told how it runs: no part of it either. */
  readonly observer?: unknown;
}

/**
 * SHA-256 of all that a query asks, in one state of one namespace: two queries with one digest are the same query. A digest that
 * somebody can find a second query for would give away the answer of the first.
 *
 * Cost: a few microseconds, most of them for the vector.
 */
export function digestQuery(state: string, query: DigestedQuery): Buffer {
  const { vector, signal: _s, deadlineMs: _d, observer: _o, ...rest } = query;
  // Structured clone keeps apart what JSON does not, such as NaN and null, and says where it ends.
  const hash = createHash("sha256").update(serialize([state, vector?.length, rest]));
  if (vector !== undefined) hash.update(bytesOf(vector));
  return hash.digest();
}

function bytesOf(vector: Float32Array | readonly number[]): Uint8Array {
  const floats = vector instanceof Float32Array ? vector : Float32Array.from(vector);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
