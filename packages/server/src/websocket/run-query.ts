import { create, type Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { type QueryRequest, QueryStreamRequestSchema, QueryStreamResponseSchema } from "../gen/vecstore/v1/query_pb.js";
import { type Invocation, invokeStream } from "../http/invoke.js";
import { messageToRest } from "../http/json-out.js";
import type { RequestAccount } from "../quota/request-account.js";
import type { MethodEntry } from "../rpc/services.js";
import type { Outbox } from "./outbox.js";

/** A query of a socket. */
export interface SocketQuery {
  readonly query: QueryRequest;
  readonly invocation: Invocation & { readonly signal: AbortSignal };
  /** Makes a frame of what is said about this query. */
  readonly frame: (body: object) => string;
  /** Counts the bytes of the frames. */
  readonly account: RequestAccount;
}

/** Runs QueryStream behind the same onion as every door, and sends a frame for each result, and one at the end. */
export async function runQuery(
  entry: MethodEntry,
  interceptors: readonly Interceptor[],
  { query, invocation, frame, account }: SocketQuery,
  outbox: Outbox,
): Promise<void> {
  const { signal } = invocation;
  const request = create(QueryStreamRequestSchema, { query });
  const chunks = await invokeStream(entry, once(request), invocation, interceptors);
  for await (const chunk of chunks) {
    const { results, stats, explain } = messageToRest(QueryStreamResponseSchema, chunk) as unknown as RestChunk;
    for (const result of results) {
      // The next chunk is asked for, and says how the query was ended.
      if (signal.aborted) break;
      const text = frame(result);
      account.sent(Buffer.byteLength(text));
      await outbox.send(text, signal);
    }
    if (stats === undefined) continue;
    const text = frame({ complete: true, stats, ...(explain && { explain }) });
    account.sent(Buffer.byteLength(text));
    // Before the caller can know: who asks for usage after an answer finds it counted.
    account.end();
    await outbox.send(text, signal);
  }
}

/** A QueryStreamResponse in REST's JSON. */
interface RestChunk {
  readonly results: readonly object[];
  readonly stats?: object;
  readonly explain?: object;
}

async function* once(message: Message): AsyncGenerator<Message> {
  yield message;
}
