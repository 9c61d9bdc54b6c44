import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { MethodEntry } from "../rpc/services.js";
import { exportLines } from "./export-lines.js";
import { type HttpExchange, invokeStream } from "./invoke.js";
import { LINES_TYPE, sendLines } from "./send-lines.js";

/** Writes the answers of one streaming RPC as the body of one HTTP response. */
type StreamAnswer = (messages: AsyncIterable<Message>, exchange: HttpExchange) => Promise<void>;

const ANSWERS: ReadonlyMap<DescMethod, StreamAnswer> = new Map<DescMethod, StreamAnswer>([
  [VecStoreService.method.export, (messages, { response }) => sendLines(response, LINES_TYPE, exportLines(messages))],
]);

/** True when the REST door knows how a streaming RPC looks there. */
export const isRestStream = (method: DescMethod): boolean => ANSWERS.has(method);

/**
 * Answers a server stream.
 *
 * @throws ConnectError what failed before the first byte left; later failures end the body, which says so
 */
export async function answerStream(
  entry: MethodEntry,
  message: Message,
  exchange: HttpExchange,
  interceptors: readonly Interceptor[],
): Promise<void> {
  const messages = await invokeStream(entry, once(message), exchange, interceptors);
  await ANSWERS.get(entry.method)!(messages, exchange);
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
