import type { Message } from "@bufbuild/protobuf";
import { type Record, RecordSchema } from "../gen/vecstore/v1/record_pb.js";
import type { ExportResponse } from "../gen/vecstore/v1/transfer_pb.js";
import { messageToRest } from "./json-out.js";

/**
 * An export as lines of JSON: the records, each on a line of its own, after some of them a mark
 * `{"resume_token", "sequence"}`, and at the very end `{"complete": true, "records", "sequence"}`. A line with an `id` is a
 * record; an import leaves out the others.
 */
export async function* exportLines(messages: AsyncIterable<Message>): AsyncGenerator<string> {
  let count = 0;
  let sequence = 0;
  for await (const message of messages) {
    const { records, resumeToken, sequence: at } = message as ExportResponse;
    for (const record of records) yield recordLine(record);
    count += records.length;
    sequence = Number(at);
    yield JSON.stringify({ resume_token: resumeToken, sequence });
  }
  yield JSON.stringify({ complete: true, records: count, sequence });
}

/** One record in REST's JSON. The vector comes last, and is bit for bit as it was stored. */
export function recordLine(record: Record): string {
  const { vector = [], ...rest } = messageToRest(RecordSchema, record) as { vector?: number[]; [key: string]: unknown };
  if (vector.length === 0) return JSON.stringify(rest);
  return `${JSON.stringify(rest).slice(0, -1)},"vector":${vectorJson(vector)}}`;
}

/** JSON can say -0, but JSON.stringify does not. */
function vectorJson(vector: readonly number[]): string {
  const hasMinusZero = vector.some((value) => value === 0 && Object.is(value, -0));
  if (!hasMinusZero) return JSON.stringify(vector);
  return `[${vector.map((value) => (Object.is(value, -0) ? "-0" : String(value))).join(",")}]`;
}
