import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { JsonValue, Metadata } from "../model/metadata.js";
import { appendPath, describeValue, isPlainObject, quoteExcerpt } from "./describe.js";
import { decodeUtf8, encodeUtf8, isWellFormed } from "./utf8.js";

/**
 * Validates metadata and encodes it as UTF-8 JSON, the form in which it is logged and stored.
 *
 * @param value  an object of plain JSON: finite numbers, well-formed strings, nested at most 16 levels
 * @param path   what messages call the value, for example `records[3].metadata`
 * @returns      new bytes, at most `LIMITS.metadataBytesMax`
 * @throws VecstoreError INVALID_METADATA or METADATA_TOO_LARGE, with the field's path in message and details
 */
export function encodeMetadata(value: Metadata, path = "metadata"): Uint8Array {
  new MetadataCheck(path).checkRoot(value);
  const bytes = encodeUtf8(JSON.stringify(value));
  if (bytes.length > LIMITS.metadataBytesMax) throw tooLarge(path, `${bytes.length} bytes`);
  return bytes;
}

/**
 * Decodes what `encodeMetadata` made. A key named `__proto__` becomes an own property like any other.
 *
 * @throws VecstoreError DATA_CORRUPTED when the bytes are not a JSON object
 */
export function decodeMetadata(bytes: Uint8Array): Metadata {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new VecstoreError("DATA_CORRUPTED", "stored metadata is not UTF-8 JSON", {}, { cause });
  }
  if (!isPlainObject(value)) {
    throw new VecstoreError("DATA_CORRUPTED", `stored metadata is ${describeValue(value)}, not an object`);
  }
  return value as Metadata;
}

/**
 * Merges a patch into stored metadata, key by key at the top level; a null in the patch removes its key.
 * Objects below the top level are replaced whole, and their nulls are kept.
 *
 * @returns  a new object; neither argument changes
 */
export function mergeMetadata(stored: Metadata | undefined, patch: Metadata): Metadata {
  const merged = new Map<string, JsonValue>(Object.entries(stored ?? {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  // fromEntries defines properties; assignment would call the setter behind `__proto__`.
  return Object.fromEntries(merged);
}

/** One walk over one value. The path is kept as a stack of steps and joined only for a message. */
class MetadataCheck {
  readonly #rootPath: string;
  readonly #steps: (string | number)[] = [];
  /** A lower bound of the encoded size. It ends the walk early, also where shared objects repeat without end. */
  #bytesMin = 0;

  constructor(rootPath: string) {
    this.#rootPath = rootPath;
  }

  checkRoot(value: unknown): void {
    if (!isPlainObject(value)) throw this.#invalid(`is ${describeValue(value)}; it must be an object of JSON values`);
    this.#check(value);
  }

  #check(value: unknown): void {
    if (typeof value === "string") this.#checkString(value, "is a string");
    else if (typeof value === "object" && value !== null) this.#checkContainer(value);
    else if (value === null || typeof value === "boolean" || Number.isFinite(value)) this.#count(1);
    else throw this.#invalid(`is ${describeValue(value)}; ${ALLOWED}`);
  }

  #checkContainer(value: object): void {
    // The value at the root is level 1, so a container below n steps is at level n + 1. A cycle ends here too.
    if (this.#steps.length >= LIMITS.metadataDepthMax) {
      throw this.#invalid(`is at level ${this.#steps.length + 1}; at most ${LIMITS.metadataDepthMax} levels may nest`);
    }
    this.#count(2);
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) this.#checkStep(i, value[i]);
      return;
    }
    if (!isPlainObject(value)) throw this.#invalid(`is ${describeValue(value)}; ${ALLOWED}`);
    for (const key of Object.keys(value)) {
      this.#checkString(key, `has a key ${quoteExcerpt(key)}`);
      this.#checkStep(key, value[key]);
    }
  }

  #checkStep(step: string | number, value: unknown): void {
    this.#steps.push(step);
    this.#check(value);
    this.#steps.pop();
  }

  #checkString(text: string, what: string): void {
    this.#count(text.length + 2);
    if (!isWellFormed(text)) throw this.#invalid(`${what} with a lone surrogate; strings must be well-formed Unicode`);
  }

  #count(bytes: number): void {
    this.#bytesMin += bytes;
    if (this.#bytesMin > LIMITS.metadataBytesMax) {
      throw tooLarge(this.#rootPath, `more than ${LIMITS.metadataBytesMax} bytes`);
    }
  }

  #invalid(problem: string): VecstoreError {
    const path = this.#steps.reduce<string>(appendPath, this.#rootPath);
    return new VecstoreError("INVALID_METADATA", `${path} ${problem}`, { path });
  }
}

const ALLOWED = "allowed are null, booleans, finite numbers, strings, arrays and plain objects";

function tooLarge(path: string, got: string): VecstoreError {
  const bytesMax = String(LIMITS.metadataBytesMax);
  const message = `${path} is ${got} as UTF-8 JSON; at most ${bytesMax} bytes are allowed for one record`;
  return new VecstoreError("METADATA_TOO_LARGE", message, { path, bytesMax });
}
