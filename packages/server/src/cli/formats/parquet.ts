import type { FileHandle } from "node:fs/promises";
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { ConfigError } from "../../config.js";
import { DECOMPRESSORS } from "./parquet-codecs.js";
import { type FieldNames, recordOf } from "./record-fields.js";
import { type RecordSource, RowError, type SourceRow } from "./row.js";

/** Rows that are read together, where the file says in which pages they are. */
const SLICE_ROWS = 5_000;

/** Of a row group that has to be read whole: in memory it takes several times as much. */
const GROUP_BYTES_MAX = 1024 * 1024 * 1024;

/** Not shared with anything: bytes that are no UTF-8 must not become another id. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

type Fields = Readonly<Record<string, unknown>>;

/**
 * Records of a Parquet file: a column each for the id, the vector (a list of numbers), the text, the metadata (JSON, or a struct);
 * `sparse_indices` and `sparse_values`; `expires_at`. Other columns become metadata. Nulls are absent.
 *
 * @param file  open for reading; `rows` leaves it open
 */
export function parquetSource(file: FileHandle, byteLength: number, names: FieldNames): RecordSource {
  let done = 0;
  let total: number | undefined;
  return {
    async *rows(after) {
      const buffer = bufferOf(file, byteLength);
      const metadata = await readMetadata(buffer);
      total = Number(metadata.num_rows);
      done = after;
      for (const { rowStart, rowEnd } of slicesOf(metadata, after)) {
        const rows = await parquetReadObjects({
          file: buffer,
          metadata,
          rowStart,
          rowEnd,
          useOffsetIndex: true,
          compressors: DECOMPRESSORS,
          geoparquet: false,
          // Bytes that no writer has called a string may be none, and must not be changed into one.
          utf8: false,
        });
        for (const fields of rows) yield rowOf(++done, fields, names);
      }
    },
    progress: () => ({ done, ...(total !== undefined && { total }) }),
  };
}

function bufferOf(file: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) throw new ConfigError(`the file ends at byte ${start + at}, in the middle of a page`);
        at += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

async function readMetadata(file: AsyncBuffer): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(file, { geoparquet: false });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`the file is no Parquet file: ${(error as Error).message}`);
  }
}

/** Which rows to read together, from the one behind `after` on. @throws ConfigError for a row group that is too large to be read whole */
function* slicesOf(
  { row_groups: groups }: FileMetaData,
  after: number,
): Generator<{ rowStart: number; rowEnd: number }> {
  let start = 0;
  for (const group of groups) {
    const end = start + Number(group.num_rows);
    const hasIndex = group.columns.every(({ offset_index_offset: offset }) => offset !== undefined);
    if (!hasIndex && Number(group.total_byte_size) > GROUP_BYTES_MAX) {
      const bytes = `${group.total_byte_size} bytes in ${group.num_rows} rows`;
      throw new ConfigError(`a row group has ${bytes} and no page index; write the file with smaller row groups`);
    }
    const step = hasIndex ? SLICE_ROWS : end - start;
    for (let from = Math.max(start, after); from < end; from = Math.min(end, from + step)) {
      yield { rowStart: from, rowEnd: Math.min(end, from + step) };
    }
    start = end;
  }
}

function rowOf(row: number, fields: Fields, names: FieldNames): SourceRow {
  try {
    return { row, record: recordOf(plainFields(fields), names), source: undefined };
  } catch (problem) {
    if (problem instanceof RowError) return { row, source: jsonSafe(fields), problem };
    throw problem;
  }
}

/** The fields of a row as JSON would have them, and the two columns of a sparse vector as one. */
function plainFields(fields: Fields): Fields {
  const { sparse_indices: indices, sparse_values: values, ...rest } = fields;
  const entries = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
  const plain = Object.fromEntries(entries.map(([name, value]) => [name, plainValue(value, name)]));
  if (indices === null || indices === undefined) return plain;
  return {
    ...plain,
    sparse: { indices: plainValue(indices, "sparse_indices"), values: plainValue(values, "sparse_values") },
  };
}

/** A value as JSON would have it. @throws RowError */
function plainValue(value: unknown, name: string): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new RowError("INVALID_METADATA", `${name} is ${value}; integers are exact to 2^53, write it as a string`);
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return stringOf(value, name);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (Array.isArray(value)) return value.map((each) => plainValue(each, name));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainValue(each, `${name}.${key}`)]));
}

/** Old writers do not say of strings that they are some. */
function stringOf(bytes: Uint8Array, name: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new RowError("INVALID_METADATA", `${name} is bytes that are no UTF-8; metadata hold what JSON holds`);
  }
}

/** The row for the file of bad rows. */
function jsonSafe(fields: Fields): unknown {
  const text = JSON.stringify(fields, (_, value) => {
    if (typeof value === "bigint") return String(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
  });
  return JSON.parse(text);
}
