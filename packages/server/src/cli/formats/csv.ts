import type { Readable } from "node:stream";
import type { RecordInput } from "@vecstore/client";
import { ConfigError } from "../../config.js";
import { type CsvRecord, CsvSplitter, cellsOf } from "./csv-cells.js";
import { type FieldNames, recordOf } from "./record-fields.js";
import { type RecordSource, RowError, type SourceRow } from "./row.js";

/** Characters of a record at most; see the lines of JSON. */
const RECORD_CHARS_MAX = 16 * 1024 * 1024;

/** Numbers that are written as JSON writes them: 007 and 1e400 stay strings. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** How the cells of a CSV file are read. */
export interface CsvOptions {
  readonly names: FieldNames;
  /** One character. */
  readonly delimiter: string;
  /** Columns whose names are this and a number are the components of the vector. Absent: one column has the vector. */
  readonly vectorPrefix?: string;
  /** Cells of metadata stay strings, also where they look like numbers or booleans. */
  readonly keepsStrings: boolean;
}

/**
 * Records as CSV whose first line names the columns. A vector is a cell of numbers, a JSON array or separated by blanks, commas or
 * semicolons, or a column each. Empty cells are absent.
 *
 * @param totalBytes  of the input; undefined when that is not known
 */
export function csvSource(input: Readable, options: CsvOptions, totalBytes: number | undefined): RecordSource {
  let done = 0;
  return {
    async *rows(after) {
      let columns: Columns | undefined;
      for await (const record of recordsOf(input, (count) => (done += count))) {
        if (columns === undefined) columns = columnsOf(record, options);
        else if (record.line > after) yield rowOf(record, columns, options);
      }
    },
    progress: () => ({ done, ...(totalBytes !== undefined && { total: totalBytes }) }),
  };
}

async function* recordsOf(
  input: Readable,
  onBytes: (count: number) => void,
): AsyncGenerator<CsvRecord, void, undefined> {
  // The mark at the beginning that some programs write is no part of the first name: the decoder leaves it out.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const splitter = new CsvSplitter(RECORD_CHARS_MAX);
  try {
    for await (const chunk of input) {
      onBytes((chunk as Buffer).length);
      yield* splitter.push(decoder.decode(chunk as Buffer, { stream: true }));
    }
    yield* splitter.push(decoder.decode());
    yield* splitter.end();
  } catch (error) {
    if (error instanceof RowError) throw new ConfigError(error.message);
    if ((error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw new ConfigError("the file is no UTF-8; convert it first, such as by iconv");
    }
    throw error;
  }
}

interface Columns {
  readonly names: readonly string[];
  /** Positions of the components of the vector in their order; empty where one column has it. */
  readonly components: readonly number[];
}

function columnsOf({ source }: CsvRecord, { delimiter, vectorPrefix, names: { id, vector } }: CsvOptions): Columns {
  const names = cellsOf(source, delimiter).map((name) => name.trim());
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new ConfigError(`the column ${JSON.stringify(twice)} is there twice`);
  if (!names.includes(id)) {
    const found = names.slice(0, 20).join(", ");
    throw new ConfigError(`no column is named ${JSON.stringify(id)}; columns: ${found} (choose by --id-field)`);
  }
  if (vectorPrefix === undefined) return { names, components: [] };
  if (names.includes(vector)) {
    throw new ConfigError(
      `the column ${JSON.stringify(vector)} and those of --vector-prefix each are the vector; one is allowed`,
    );
  }
  const components = names
    .map((name, at) => ({ at, number: name.startsWith(vectorPrefix) ? name.slice(vectorPrefix.length) : "" }))
    .filter(({ number }) => /^\d+$/.test(number))
    .sort((a, b) => Number(a.number) - Number(b.number));
  if (components.length === 0)
    throw new ConfigError(`no column is named ${vectorPrefix} and a number (--vector-prefix)`);
  return { names, components: components.map(({ at }) => at) };
}

function rowOf({ line, source }: CsvRecord, columns: Columns, options: CsvOptions): SourceRow {
  try {
    return { row: line, source, record: recordIn(cellsOf(source, options.delimiter), columns, options) };
  } catch (problem) {
    if (problem instanceof RowError) return { row: line, source, problem };
    throw problem;
  }
}

function recordIn(cells: readonly string[], columns: Columns, options: CsvOptions): RecordInput {
  const { names, components } = columns;
  if (cells.length !== names.length) {
    throw new RowError("INVALID_ARGUMENT", `the row has ${cells.length} cells, and the first line ${names.length}`);
  }
  const isComponent = new Set(components);
  const fields: [string, unknown][] = [];
  for (const [at, name] of names.entries()) {
    const cell = cells[at]!;
    if (!isComponent.has(at) && (cell !== "" || name === options.names.id))
      fields.push([name, cellValue(name, cell, options)]);
  }
  if (components.length > 0)
    fields.push([options.names.vector, components.map((at) => numberOf(cells[at]!, names[at]!))]);
  return recordOf(Object.fromEntries(fields), options.names);
}

function cellValue(name: string, cell: string, { names, keepsStrings }: CsvOptions): unknown {
  if (name === names.vector) return vectorOf(cell);
  if (name === "sparse") return jsonOf(cell, name);
  const isText = [names.id, names.text, names.metadata, "vector_f32", "vectorF32", "expires_at", "expiresAt"].includes(
    name,
  );
  if (name === "if_version" || name === "ifVersion") return numberOf(cell, name);
  if (isText || keepsStrings) return cell;
  if (cell === "true" || cell === "false") return cell === "true";
  return NUMBER.test(cell) && Number.isFinite(Number(cell)) ? Number(cell) : cell;
}

function vectorOf(cell: string): number[] {
  const body = cell.trim().replace(/^\[/, "").replace(/\]$/, "");
  const parts = body.split(/[\s,;]+/).filter((part) => part !== "");
  return parts.map((part) => numberOf(part, "the vector"));
}

function numberOf(text: string, name: string): number {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new RowError("INVALID_VECTOR", `${name} has ${JSON.stringify(text.slice(0, 40))}; a number is needed`);
}

function jsonOf(cell: string, name: string): unknown {
  try {
    return JSON.parse(cell);
  } catch (error) {
    throw new RowError("INVALID_VECTOR", `${name} is no JSON: ${(error as Error).message}`);
  }
}
