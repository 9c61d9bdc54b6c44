import type { Readable } from "node:stream";
import { ConfigError } from "../../config.js";
import { linesOf, objectOf, parseLine } from "./jsonl.js";
import { type FieldNames, recordOf } from "./record-fields.js";
import { type RecordSource, RowError, type SourceRow } from "./row.js";
import type { VectorFile } from "./vector-file.js";

/**
 * Vectors of a file without names: the id of each is a prefix and its position, from 0.
 *
 * @param file  open; `rows` leaves it open
 */
export function vectorsSource(file: VectorFile, idPrefix: string): RecordSource {
  let done = 0;
  return {
    async *rows(after) {
      done = after;
      for (const vector of file.from(after)) {
        done++;
        yield checked({ row: done, record: { id: `${idPrefix}${done - 1}`, vector } });
      }
    },
    progress: () => ({ done, total: file.count }),
  };
}

/**
 * Vectors of a file, each with the line of JSON at its position: the id, the metadata and the text of the same record.
 *
 * @throws ConfigError while it is walked, when there are more vectors than lines or more lines than vectors
 */
export function vectorsWithLinesSource(file: VectorFile, lines: Readable, names: FieldNames): RecordSource {
  let done = 0;
  return {
    async *rows(after) {
      for await (const { number, bytes } of linesOf(lines, () => {})) {
        if (number > file.count) {
          throw new ConfigError(`there are ${file.count} vectors, and more lines of records; one for each is needed`);
        }
        done = number;
        if (number > after) yield rowOf(number, bytes, file.at(number - 1), names);
      }
      if (done < file.count) {
        throw new ConfigError(`there are ${file.count} vectors, and ${done} lines of records; one for each is needed`);
      }
    },
    progress: () => ({ done, total: file.count }),
  };
}

function rowOf(row: number, bytes: Buffer | undefined, vector: Float32Array, names: FieldNames): SourceRow {
  const source = bytes?.toString("utf8");
  try {
    const parsed = parseLine(bytes);
    if (parsed === undefined) throw new RowError("INVALID_ARGUMENT", "the line of the record is empty");
    const { vector: ours, ...rest } = recordOf(objectOf(parsed.json), names);
    if (ours !== undefined)
      throw new RowError("INVALID_VECTOR", "the line has a vector; that of the file is the record's");
    return checked({ row, source, record: { ...rest, vector } });
  } catch (problem) {
    if (problem instanceof RowError) return { row, source, problem };
    throw problem;
  }
}

/** NaN and infinities are named by the client, but together with all that is sent with them. */
function checked(row: SourceRow): SourceRow {
  const vector = row.record?.vector as Float32Array;
  const at = vector.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return row;
  const problem = new RowError("INVALID_VECTOR", `vector[${at}] is ${vector[at]}; a finite number is needed`);
  return { row: row.row, source: row.source ?? { id: row.record?.id }, problem };
}
