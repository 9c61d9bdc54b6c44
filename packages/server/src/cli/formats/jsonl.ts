import type { Readable } from "node:stream";
import { LineSplitter } from "../../http/line-splitter.js";
import { type FieldNames, recordOf } from "./record-fields.js";
import { type RecordSource, RowError, type SourceRow } from "./row.js";

/**
 * Bytes of a line at most. The largest record that a server takes, 65,535 numbers of 24 digits and 1 MiB of text in escapes, is far
 * below.
 */
const LINE_BYTES_MAX = 16 * 1024 * 1024;

/** Not shared with anything: bytes that are no UTF-8 must not become another id. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** One line, decoded; its number is the first line's 1. */
interface NumberedLine {
  readonly number: number;
  readonly bytes: Buffer | undefined;
}

/**
 * Records as lines of JSON, as an export and `POST /v1/import` have them. Empty lines, and the marks of `POST /v1/export`, are no rows.
 *
 * @param totalBytes  of the input; undefined when that is not known
 */
export function jsonlSource(input: Readable, names: FieldNames, totalBytes: number | undefined): RecordSource {
  let done = 0;
  return {
    async *rows(after) {
      for await (const { number, bytes } of linesOf(input, (count) => (done += count))) {
        if (number <= after) continue;
        const row = rowOf(number, bytes, names);
        if (row !== undefined) yield row;
      }
    },
    progress: () => ({ done, ...(totalBytes !== undefined && { total: totalBytes }) }),
  };
}

/** The lines of an input with their numbers. @param onBytes  told of the bytes that were read */
export async function* linesOf(
  input: Readable,
  onBytes: (count: number) => void,
): AsyncGenerator<NumberedLine, void, undefined> {
  const splitter = new LineSplitter(LINE_BYTES_MAX);
  let number = 0;
  for await (const chunk of input) {
    onBytes((chunk as Buffer).length);
    for (const bytes of splitter.push(chunk as Buffer)) yield { number: ++number, bytes };
  }
  for (const bytes of splitter.end()) yield { number: ++number, bytes };
}

/** The JSON in a line; undefined for a line without content. @throws RowError */
export function parseLine(bytes: Buffer | undefined): { readonly text: string; readonly json: unknown } | undefined {
  if (bytes === undefined) {
    throw new RowError("MESSAGE_TOO_LARGE", `the line has more than ${LINE_BYTES_MAX} bytes`);
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new RowError("INVALID_ARGUMENT", "the line is no UTF-8");
  }
  if (text.trim() === "") return undefined;
  try {
    return { text, json: JSON.parse(text) };
  } catch (error) {
    throw new RowError("INVALID_ARGUMENT", `the line is no JSON: ${(error as Error).message}`);
  }
}

function rowOf(row: number, bytes: Buffer | undefined, names: FieldNames): SourceRow | undefined {
  try {
    const parsed = parseLine(bytes);
    if (parsed === undefined || isMark(parsed.json)) return undefined;
    return { row, source: parsed.text, record: recordOf(objectOf(parsed.json), names) };
  } catch (problem) {
    if (problem instanceof RowError) return { row, source: bytes?.toString("utf8"), problem };
    throw problem;
  }
}

/** The object of a row. @throws RowError */
export function objectOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new RowError("INVALID_ARGUMENT", "the line is no JSON object");
}

/** What `POST /v1/export` says between its records. */
function isMark(json: unknown): boolean {
  if (typeof json !== "object" || json === null || "id" in json) return false;
  return "resume_token" in json || "complete" in json;
}
