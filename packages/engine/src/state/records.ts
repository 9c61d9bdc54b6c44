import { VecstoreError } from "../errors.js";
import type { StoredRecord } from "../gen/vecstore/storage/v1/log.js";
import { LIMITS, NAME_PATTERN } from "../limits.js";
import { encodeMetadata } from "../metadata/codec.js";
import { quoteValue } from "../metadata/describe.js";
import { isWellFormed, utf8Length } from "../metadata/utf8.js";
import { validateId } from "../metadata/validate-id.js";
import { validateText } from "../metadata/validate-text.js";
import type { RecordInput, SparseInput, VectorInput } from "../model/record.js";
import { validateSparse } from "../sparse/validate.js";
import { vectorToBytes } from "./bytes.js";

const NO_BYTES = new Uint8Array(0);

/**
 * Checks what needs no state and turns a batch into its logged form.
 *
 * @param toVector  checks one vector and copies it; its errors pass through
 * @param first     position of the first record, for messages
 * @throws VecstoreError EMPTY_BATCH, BATCH_TOO_LARGE, DUPLICATE_ID, INVALID_ID, INVALID_VECTOR (sparse ones), EMPTY_RECORD,
 *         INVALID_METADATA, METADATA_TOO_LARGE, TEXT_TOO_LARGE, INVALID_ARGUMENT
 */
export function toStoredRecords(
  records: readonly RecordInput[],
  batchMax: number,
  toVector: (vector: VectorInput, what: string) => Float32Array,
  first = 0,
): StoredRecord[] {
  assertObjects(records, "records");
  validateBatchSize(records.length, batchMax, "records");
  const seen = new Set<string>();
  return records.map((record, at) => {
    const i = first + at;
    const id = validateId(record.id, `records[${i}].id`);
    if (seen.has(id)) throw duplicate(id, i);
    seen.add(id);
    const { vector, sparse } = record;
    if (vector === undefined && sparse === undefined && record.text === undefined) throw emptyRecord(id);
    return {
      id,
      vector:
        vector === undefined ? NO_BYTES : vectorToBytes(toVector(vector, `vector of record ${JSON.stringify(id)}`)),
      sparse: sparse === undefined ? undefined : toSparse(sparse, `sparse vector of record ${JSON.stringify(id)}`),
      metadata:
        record.metadata === undefined ? new Uint8Array() : encodeMetadata(record.metadata, `records[${i}].metadata`),
      text: record.text === undefined ? undefined : validateText(record.text, `records[${i}].text`),
      ifVersion: validateIfVersion(record.ifVersion, `records[${i}].if_version`),
      expiresAtMs: validateExpiry(record.expiresAtMs, `records[${i}].expires_at`),
    };
  });
}

/**
 * Checks that what a caller without types handed in is a list of objects.
 *
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function assertObjects(list: unknown, what: string): asserts list is readonly object[] {
  if (!Array.isArray(list)) throw new VecstoreError("INVALID_ARGUMENT", `${what} is ${typeof list}; give an array`);
  const wrong = list.findIndex((entry) => typeof entry !== "object" || entry === null);
  if (wrong < 0) return;
  const got = list[wrong] === null ? "null" : typeof list[wrong];
  throw new VecstoreError("INVALID_ARGUMENT", `${what}[${wrong}] is ${got}; give an object`);
}

/** @throws VecstoreError EMPTY_BATCH, BATCH_TOO_LARGE */
export function validateBatchSize(count: number, max: number, what: string): void {
  if (count === 0) throw new VecstoreError("EMPTY_BATCH", `${what} is empty; give 1 to ${max}`, { max: String(max) });
  if (count <= max) return;
  throw new VecstoreError(
    "BATCH_TOO_LARGE",
    `${what} has ${count} entries; at most ${max} are allowed in one call; split the batch`,
    {
      got: String(count),
      max: String(max),
    },
  );
}

/** @throws VecstoreError INVALID_ARGUMENT */
export function validateIfVersion(version: number | undefined, path: string): bigint | undefined {
  if (version === undefined) return undefined;
  if (Number.isSafeInteger(version) && version >= 0) return BigInt(version);
  const message = `${path} is ${quoteValue(version)}; versions are integers from 0 (absent) to 2^53 - 1`;
  throw new VecstoreError("INVALID_ARGUMENT", message, { path });
}

/** @throws VecstoreError INVALID_ARGUMENT */
export function validateExpiry(timeMs: number | undefined, path: string): bigint | undefined {
  if (timeMs === undefined) return undefined;
  if (Number.isInteger(timeMs) && timeMs >= 1 && timeMs <= LIMITS.expiresAtMsMax) return BigInt(timeMs);
  const message = `${path} is ${quoteValue(timeMs)}; times are whole milliseconds since 1970, 1 to ${LIMITS.expiresAtMsMax}`;
  throw new VecstoreError("INVALID_ARGUMENT", message, { path });
}

/** @throws VecstoreError INVALID_ARGUMENT */
export function validateIdempotencyKey(key: string | undefined): string {
  if (key === undefined) return "";
  const bytes = typeof key === "string" && isWellFormed(key) ? utf8Length(key) : 0;
  if (bytes >= 1 && bytes <= LIMITS.idempotencyKeyBytesMax) return key;
  const message = `idempotency_key has ${bytes} bytes of valid UTF-8; 1 to ${LIMITS.idempotencyKeyBytesMax} are allowed`;
  throw new VecstoreError("INVALID_ARGUMENT", message, { path: "idempotency_key" });
}

/**
 * Checks the name of a namespace or a snapshot.
 *
 * @throws VecstoreError INVALID_NAME
 */
export function validateName(name: unknown, what: string): string {
  if (typeof name === "string" && NAME_PATTERN.test(name)) return name;
  const got = typeof name === "string" ? JSON.stringify(name.slice(0, 140)) : typeof name;
  const message = `${what} name is ${got}; names are 1 to 128 letters, digits, '_', '.' and '-', and begin with a letter or digit`;
  throw new VecstoreError("INVALID_NAME", message);
}

/** The error for a record that no query could find. */
export function emptyRecord(id: string): VecstoreError {
  const message = `record ${JSON.stringify(id)} has none of vector, sparse and text; give at least one of them`;
  return new VecstoreError("EMPTY_RECORD", message, { id });
}

function toSparse(input: SparseInput, what: string): StoredRecord["sparse"] {
  const { indices, values } = validateSparse(input, what);
  return { indices: Array.from(indices), values: Array.from(values) };
}

function duplicate(id: string, index: number): VecstoreError {
  const message = `records[${index}].id ${JSON.stringify(id)} comes twice in one batch, which is atomic; send one of them`;
  return new VecstoreError("DUPLICATE_ID", message, { id });
}
