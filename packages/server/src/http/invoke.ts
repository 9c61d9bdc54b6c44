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

type Next = Parameters<Interceptor>[0];

/** Calls a unary handler through the same onion that Connect puts around it, without a detour over bytes. */
export async function invokeUnary(
  { method, handler }: MethodEntry,
  message: Message,
  exchange: HttpExchange,
  interceptors: readonly Interceptor[],
): Promise<Message> {
  const { request, call, url } = exchange;
  const contextValues = createContextValues().set(CALL, call);
  const header = headersOf(request);
  const service = method.parent;
  const requestMethod = request.method ?? "POST";
  const innermost = async (incoming: { message: unknown; signal: AbortSignal }) => {
    const context = createHandlerContext({
      service,
      method,
      protocolName: "rest",
      requestMethod,
      url: url.href,
      requestSignal: incoming.signal,
      requestHeader: header,
      contextValues,
    });
    const output = (await handler(incoming.message, context)) as MessageInitShape<DescMessage>;
    const { responseHeader, responseTrailer } = context;
    return {
      stream: false,
      service,
      method,
      header: responseHeader,
      trailer: responseTrailer,
      message: create(method.output, output),
    };
  };
  const onion = [...interceptors].reverse().reduce<Next>((next, wrap) => wrap(next), innermost as unknown as Next);
  const signal = signalOf(exchange);
  const incoming = {
    stream: false,
    service,
    method,
    requestMethod,
    url: url.href,
    signal,
    header,
    contextValues,
    message,
  };
  const outgoing = await onion(incoming as unknown as Parameters<Next>[0]);
  return outgoing.message as Message;
}

/** Fires when the caller goes away before the answer is written. */
function signalOf({ response }: HttpExchange): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
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
