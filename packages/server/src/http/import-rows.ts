import { create } from "@bufbuild/protobuf";
import { VecstoreError } from "@vecstore/engine";
import { toConnectError } from "../errors.js";
import { type Record, RecordSchema } from "../gen/vecstore/v1/record_pb.js";
import { markUnreadable } from "../rpc/unreadable-rows.js";
import { messageFromRest } from "./json-in.js";
import type { Line } from "./line-splitter.js";

/** Not shared with anything: the bytes of a row that are no UTF-8 must not become another id. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The record in a line of JSON. One that cannot be read gives an empty record with its problem, for the import to name.
 *
 * @param bytesMax  that a line may have, for the message
 * @returns         undefined for what is no row: a line without content, and the marks of an export
 */
export function rowOf(line: Line, bytesMax: number): Record | undefined {
  if (line === undefined) return bad(undefined, `the line has more than ${bytesMax} bytes`);
  let json: unknown;
  try {
    const text = utf8.decode(line);
    if (text.trim() === "") return undefined;
    json = JSON.parse(text);
  } catch (error) {
    return bad(undefined, `the line is not JSON: ${(error as Error).message}`);
  }
  if (isMark(json)) return undefined;
  try {
    return messageFromRest(RecordSchema, json);
  } catch (error) {
    return bad((json as { id?: unknown } | null)?.id, toConnectError(error).rawMessage);
  }
}

function bad(id: unknown, problem: string): Record {
  const row = create(RecordSchema, typeof id === "string" ? { id } : {});
  markUnreadable(row, new VecstoreError("INVALID_ARGUMENT", problem));
  return row;
}

/** What an export says between its records. */
function isMark(json: unknown): boolean {
  if (typeof json !== "object" || json === null || "id" in json) return false;
  return "resume_token" in json || "complete" in json;
}
