import type { StoredRecord } from "@vecstore/client";
import { csvCell } from "./csv-cells.js";
import { float32Text, vectorText } from "./float32-text.js";

/** Columns of an export as CSV. */
export const CSV_COLUMNS = ["id", "vector", "sparse", "text", "metadata", "expires_at"] as const;

/** How a line of JSON has a vector: as numbers, or as `vector_f32`, base64 of its little-endian f32s. */
export type VectorForm = "numbers" | "base64";

/** A record as a line of JSON, as REST has it, without the line break. The vector comes last, and reads back bit for bit. */
export function recordLine(record: StoredRecord, form: VectorForm = "numbers"): string {
  const { id, metadata, text, sparse, expiresAtMs, version, vector } = record;
  const parts = [`"id":${JSON.stringify(id)}`];
  if (metadata !== undefined) parts.push(`"metadata":${JSON.stringify(metadata)}`);
  if (text !== undefined) parts.push(`"text":${JSON.stringify(text)}`);
  if (sparse !== undefined) parts.push(`"sparse":${sparseText(sparse)}`);
  if (expiresAtMs !== undefined) parts.push(`"expires_at":"${new Date(expiresAtMs).toISOString()}"`);
  parts.push(`"version":${version}`);
  if (vector !== undefined) parts.push(form === "base64" ? base64Field(vector) : `"vector":${vectorText(vector)}`);
  return `{${parts.join(",")}}`;
}

function base64Field({ buffer, byteOffset, byteLength }: Float32Array): string {
  return `"vector_f32":"${Buffer.from(buffer, byteOffset, byteLength).toString("base64")}"`;
}

/** A record as a line of CSV with the columns of `CSV_COLUMNS`, without the line break. */
export function recordCsv(record: StoredRecord): string {
  const { id, metadata, text, sparse, expiresAtMs, vector } = record;
  const cells = [
    id,
    vector === undefined ? "" : vectorText(vector),
    sparse === undefined ? "" : sparseText(sparse),
    text ?? "",
    metadata === undefined ? "" : JSON.stringify(metadata),
    expiresAtMs === undefined ? "" : new Date(expiresAtMs).toISOString(),
  ];
  return cells.map(csvCell).join(",");
}

function sparseText({ indices, values }: NonNullable<StoredRecord["sparse"]>): string {
  return `{"indices":[${indices.join(",")}],"values":[${Array.from(values, float32Text).join(",")}]}`;
}
