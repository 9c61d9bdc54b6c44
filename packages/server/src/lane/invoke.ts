import type { DescMethod } from "@bufbuild/protobuf";
import { type ContextValues, createContextValues, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import { CALL, type Call } from "../call.js";
import type { MethodEntry } from "../rpc/services.js";
import type { Fields } from "./codec/decoder.js";
import { HeaderView } from "./header-view.js";

type Next = Parameters<Interceptor>[0];

/** Calls a handler with a message. @throws ConnectError */
export type Invoke = (message: Fields, exchange: Exchange) => Promise<Outgoing>;

/** What a handler and the interceptors answer. */
export interface Outgoing {
  readonly message: Fields;
  readonly header: HeaderView;
  readonly trailer: HeaderView;
}

/** One call: who made it, and what ends it. */
export interface Exchange {
  readonly url: string;
  readonly header: HeaderView;
  readonly call: Call;
  readonly signal: AbortSignal;
}

/** Puts the interceptors that every door has around a handler, once: what they decide and count, they decide and count for the lane. */
export function createInvoke({ method, handler }: MethodEntry, interceptors: readonly Interceptor[]): Invoke {
  const innermost = async (incoming: Incoming) => {
    const context = new LaneContext(incoming);
    const message = await handler(incoming.message, context as unknown as HandlerContext);
    const { responseHeader: header, responseTrailer: trailer } = context;
    return { stream: false, service: method.parent, method, header, trailer, message };
  };
  const next = [...interceptors].reverse().reduce<Next>((inner, wrap) => wrap(inner), innermost as unknown as Next);
  return async (message, { url, header, call, signal }) => {
    const incoming: Incoming = {
      stream: false,
      service: method.parent,
      method,
      requestMethod: "POST",
      url,
      signal,
      header: header as unknown as Headers,
      contextValues: createContextValues().set(CALL, call),
      message,
    };
    const outgoing = await next(incoming as unknown as Parameters<Next>[0]);
    return outgoing as unknown as Outgoing;
  };
}

/** What the onion hands to its core. */
interface Incoming {
  readonly stream: false;
  readonly service: DescMethod["parent"];
  readonly method: DescMethod;
  readonly requestMethod: string;
  readonly url: string;
  readonly signal: AbortSignal;
  readonly header: Headers;
  readonly contextValues: ContextValues;
  readonly message: Fields;
}

/** Connect's context, without what takes time to make. */
class LaneContext {
  readonly protocolName = "lane";
  readonly responseHeader = new HeaderView();
  readonly responseTrailer = new HeaderView();
  readonly #incoming: Incoming;

  constructor(incoming: Incoming) {
    this.#incoming = incoming;
  }

  get service() {
    return this.#incoming.service;
  }

  get method() {
    return this.#incoming.method;
  }

  get requestMethod() {
    return this.#incoming.requestMethod;
  }

  get url() {
    return this.#incoming.url;
  }

  get signal() {
    return this.#incoming.signal;
  }

  get values() {
    return this.#incoming.contextValues;
  }

  get requestHeader() {
    return this.#incoming.header;
  }

  timeoutMs(): number | undefined {
    const { deadlineMs } = this.values.get(CALL);
    return deadlineMs === undefined ? undefined : deadlineMs - Date.now();
  }
}
