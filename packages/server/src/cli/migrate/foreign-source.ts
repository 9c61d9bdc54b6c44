import { readFile } from "node:fs/promises";
import { ConfigError } from "../../config.js";
import { recordOf } from "../formats/record-fields.js";
import { type RecordSource, RowError, type SourceRow } from "../formats/row.js";
import type { Foreign, ForeignChoice, ForeignPlace } from "./foreign.js";
import type { HttpJson } from "./http-json.js";

/** The records of another database, by its API; rows are counted in the order in which it gives them. */
export function apiSource(
  foreign: Foreign,
  http: HttpJson,
  place: Omit<ForeignPlace, "after">,
  choice: ForeignChoice,
): RecordSource {
  let done = 0;
  let total: number | undefined;
  return {
    async *rows(after) {
      total = await foreign.count(http, { ...place, after: 0 }).catch(() => undefined);
      for await (const { count, points } of foreign.pages(http, { ...place, after })) {
        for (const [at, point] of (points ?? []).entries()) {
          if (done + at + 1 > after) yield rowOf(foreign, done + at + 1, point, choice);
        }
        done += count;
      }
    },
    progress: () => ({ done, ...(total !== undefined && { total }) }),
  };
}

/** The same from a file that keeps answers of its API: one, or one a line. */
export function fileSource(foreign: Foreign, path: string, choice: ForeignChoice): RecordSource {
  let done = 0;
  let total: number | undefined;
  return {
    async *rows(after) {
      const documents = documentsOf(path, await readFile(path, "utf8"));
      const lists = documents.map((json, at) => foreign.pointsIn(json) ?? refuse(foreign, path, at + 1));
      total = lists.reduce((sum, points) => sum + points.length, 0);
      for (const point of lists.flat()) {
        if (++done > after) yield rowOf(foreign, done, point, choice);
      }
    },
    progress: () => ({ done, ...(total !== undefined && { total }) }),
  };
}

function documentsOf(path: string, text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch (whole) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    try {
      return lines.map((line) => JSON.parse(line));
    } catch {
      throw new ConfigError(`${path} is neither JSON nor lines of JSON: ${(whole as Error).message}`);
    }
  }
}

function refuse({ name }: Foreign, path: string, number: number): never {
  throw new ConfigError(`document ${number} of ${path} holds no points as ${name} answers them`);
}

function rowOf(foreign: Foreign, row: number, point: unknown, choice: ForeignChoice): SourceRow {
  try {
    return { row, record: recordOf(foreign.fieldsOf(point, choice)), source: point };
  } catch (problem) {
    if (problem instanceof RowError) return { row, source: point, problem };
    throw problem;
  }
}
