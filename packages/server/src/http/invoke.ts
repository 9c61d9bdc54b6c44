import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { createContextValues, createHandlerContext, type Interceptor } from "@connectrpc/connect";
import { CALL, type Call } from "../call.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import type { MethodEntry } from "../rpc/services.js";

/** One HTTP request and what belongs to it. */
export interface HttpExchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly call: Call;
  readonly url: URL;
}

/** A call of a handler: of one HTTP exchange, or of a frame of a socket, which has a signal in place of a response. */
export interface Invocation extends Omit<HttpExchange, "response"> {
  readonly response?: NodeResponse;
  /** Fires when the caller goes away, or wants no answer any more. */
  readonly signal?: AbortSignal;
}

type Next = Parameters<Interceptor>[0];

/** Calls a unary handler through the same onion that Connect puts around it, without a detour over bytes. */
export async function invokeUnary(
  entry: MethodEntry,
  message: Message,
  exchange: HttpExchange,
  interceptors: readonly Interceptor[],
): Promise<Message> {
  const { method, handler } = entry;
  const call = beginCall(entry, exchange);
  const innermost = async (incoming: Incoming) => {
    const context = call.contextOf(incoming.signal);
    const output = (await handler(incoming.message, context)) as MessageInitShape<DescMessage>;
    const { responseHeader: header, responseTrailer: trailer } = context;
    return { ...call.common, stream: false, header, trailer, message: create(method.output, output) };
  };
  const outgoing = await wrapped(innermost, interceptors)(asRequest({ ...call.incoming, stream: false, message }));
  return outgoing.message as Message;
}

/**
 * As `invokeUnary`, for a handler that answers with a stream.
 *
 * @param messages  one for a server stream; as many as come where the caller streams too
 * @returns         the answers, each made when it is asked for; whoever leaves them returns the iterator
 */
export async function invokeStream(
  entry: MethodEntry,
  messages: AsyncIterable<Message>,
  exchange: Invocation,
  interceptors: readonly Interceptor[],
): Promise<AsyncIterable<Message>> {
  const { method, handler } = entry;
  const call = beginCall(entry, exchange);
  const innermost = async (incoming: Incoming) => {
    const context = call.contextOf(incoming.signal);
    const asked = incoming.message as AsyncIterable<Message>;
    const input = method.methodKind === "server_streaming" ? await only(asked) : asked;
    const { responseHeader: header, responseTrailer: trailer } = context;
    const message = created(method, handler(input, context) as AsyncIterable<MessageInitShape<DescMessage>>);
    return { ...call.common, stream: true, header, trailer, message };
  };
  const incoming = asRequest({ ...call.incoming, stream: true, message: messages });
  const outgoing = await wrapped(innermost, interceptors)(incoming);
  return outgoing.message as AsyncIterable<Message>;
}

/** What the onion hands to its core, as far as a core looks at it. */
interface Incoming {
  readonly message: unknown;
  readonly signal: AbortSignal;
}

/** What every call has, whatever it streams. */
function beginCall({ method }: MethodEntry, exchange: Invocation) {
  const { request, call, url } = exchange;
  const contextValues = createContextValues().set(CALL, call);
  const header = headersOf(request);
  const service = method.parent;
  const requestMethod = request.method ?? "POST";
  const contextOf = (requestSignal: AbortSignal) =>
    createHandlerContext({
      service,
      method,
      protocolName: "rest",
      requestMethod,
      url: url.href,
      requestSignal,
      requestHeader: header,
      contextValues,
    });
  const common = { service, method };
  const incoming = { ...common, requestMethod, url: url.href, signal: signalOf(exchange), header, contextValues };
  return { contextOf, common, incoming };
}

function wrapped(innermost: (incoming: Incoming) => Promise<unknown>, interceptors: readonly Interceptor[]): Next {
  return [...interceptors].reverse().reduce<Next>((next, wrap) => wrap(next), innermost as unknown as Next);
}

/** The onion's type knows Connect's own calls only. */
const asRequest = (incoming: object) => incoming as unknown as Parameters<Next>[0];

async function only(messages: AsyncIterable<Message>): Promise<Message> {
  for await (const message of messages) return message;
  throw new Error("a server stream begins with one message");
}

async function* created(
  method: MethodEntry["method"],
  outputs: AsyncIterable<MessageInitShape<DescMessage>>,
): AsyncGenerator<Message> {
  for await (const output of outputs) yield create(method.output, output);
}

/** Fires when the caller goes away before the answer is written. */
function signalOf({ response, signal }: Invocation): AbortSignal {
  if (signal !== undefined) return signal;
  const controller = new AbortController();
  response?.once("close", () => {
    if (!response.writableEnded) controller.abort();
  });
  return controller.signal;
}

function headersOf(request: NodeRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // Names that begin with a colon belong to HTTP/2 itself.
    if (value === undefined || name.startsWith(":")) continue;
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each);
  }
  return headers;
}
