import { setImmediate } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { refusal } from "../errors.js";
import type { Record } from "../gen/vecstore/v1/record_pb.js";
import { type ImportRequest, ImportRequestSchema } from "../gen/vecstore/v1/transfer_pb.js";
import type { NodeRequest } from "../node-http.js";
import { chunksOf } from "./body.js";
import { rowOf } from "./import-rows.js";
import type { HttpExchange } from "./invoke.js";
import { messageFromRest } from "./json-in.js";
import { LineSplitter } from "./line-splitter.js";

/** Types of a body of lines. Also a guard: a page of another origin cannot send them without a preflight. */
const LINE_TYPES: ReadonlySet<string> = new Set(["application/x-ndjson", "application/jsonl", "application/json"]);

/** Bytes of lines that are written together. */
const BATCH_BYTES = 1024 * 1024;

/** What bounds the lines of an import. */
export interface ImportLimits {
  /** Rows that are written together at most. */
  readonly rowsMax: number;
  /** Bytes of one line. */
  readonly lineBytesMax: number;
}

/**
 * The messages of an import whose body is lines of JSON and whose other fields are parameters of the address. The body is read
 * no faster than the messages are taken. Rows that have come are handed on before more are waited for.
 *
 * @throws ConnectError UNSUPPORTED_MEDIA_TYPE, INVALID_ARGUMENT, CANCELED
 */
export async function* importRequests(
  { request, url }: HttpExchange,
  { rowsMax, lineBytesMax }: ImportLimits,
): AsyncGenerator<ImportRequest> {
  assertLines(request);
  yield messageFromRest(ImportRequestSchema, Object.fromEntries(url.searchParams));
  const splitter = new LineSplitter(lineBytesMax);
  let records: Record[] = [];
  let bytes = 0;
  const take = () => {
    const message = create(ImportRequestSchema, { records });
    records = [];
    bytes = 0;
    return message;
  };
  for await (const chunk of chunksOf(request)) {
    for (const line of splitter.push(chunk)) {
      const row = rowOf(line, lineBytesMax);
      if (row === undefined) continue;
      records.push(row);
      bytes += line?.length ?? 0;
      if (records.length >= rowsMax || bytes >= BATCH_BYTES) yield take();
    }
    if (records.length > 0 && (await isQuiet(request))) yield take();
  }
  for (const line of splitter.end()) {
    const row = rowOf(line, lineBytesMax);
    if (row !== undefined) records.push(row);
  }
  if (records.length > 0) yield take();
}

/** True when nothing more has come, also not in the next turn: whoever sends without a break has its rows written in larger parts. */
async function isQuiet(request: NodeRequest): Promise<boolean> {
  if (request.readableLength > 0) return false;
  await setImmediate();
  return request.readableLength === 0;
}

function assertLines(request: NodeRequest): void {
  const contentType = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (contentType === undefined || !LINE_TYPES.has(contentType)) {
    throw refusal(
      "UNSUPPORTED_MEDIA_TYPE",
      `the content type is ${contentType ?? "absent"}; send application/x-ndjson`,
    );
  }
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity") return;
  throw refusal("UNSUPPORTED_MEDIA_TYPE", `the content encoding is ${encoding}; send the body as it is`);
}
