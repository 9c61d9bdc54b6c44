import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { MethodEntry } from "../rpc/services.js";
import { exportLines } from "./export-lines.js";
import { sendImport } from "./import-answer.js";
import { importRequests } from "./import-lines.js";
import { type HttpExchange, invokeStream } from "./invoke.js";
import { applyRange, sendArchive } from "./send-archive.js";
import { LINES_TYPE, sendLines } from "./send-lines.js";

/** Rows of an import that are written together, where the server allows so many. */
const ROWS_MAX = 1_000;

/** Writes the answers of one streaming RPC as the body of one HTTP response. */
type StreamAnswer = (messages: AsyncIterable<Message>, exchange: HttpExchange, request: Message) => Promise<void>;

/** What bounds a stream that comes in. */
export interface RestStreamOptions {
  readonly interceptors: readonly Interceptor[];
  readonly maxMessageBytes: number;
  readonly maxBatchRecords: number;
}

const ANSWERS: ReadonlyMap<DescMethod, StreamAnswer> = new Map<DescMethod, StreamAnswer>([
  [VecStoreService.method.downloadSnapshot, sendArchive],
  [VecStoreService.method.import, (messages, { response }) => sendImport(response, messages)],
  [VecStoreService.method.export, (messages, { response }) => sendLines(response, LINES_TYPE, exportLines(messages))],
]);

/** True when the REST door knows how a streaming RPC looks there. */
export const isRestStream = (method: DescMethod): boolean => ANSWERS.has(method);

/**
 * Answers a stream.
 *
 * @param message  the request of a server stream
 * @throws ConnectError what failed before the first byte left; later failures end the body, which says so
 */
export async function answerStream(
  entry: MethodEntry,
  message: Message,
  exchange: HttpExchange,
  { interceptors, maxMessageBytes, maxBatchRecords }: RestStreamOptions,
): Promise<void> {
  if (entry.method === VecStoreService.method.downloadSnapshot) applyRange(message, exchange);
  // A refused caller gets no body read.
  const isRead = entry.method.methodKind === "bidi_streaming" && exchange.call.decision.isAllowed;
  const limits = { rowsMax: Math.min(ROWS_MAX, maxBatchRecords), lineBytesMax: maxMessageBytes };
  const requests = isRead ? importRequests(exchange, limits) : once(message);
  const messages = await invokeStream(entry, requests, exchange, interceptors);
  await ANSWERS.get(entry.method)!(messages, exchange, message);
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
