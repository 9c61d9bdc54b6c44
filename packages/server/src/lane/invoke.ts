import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { ContextValues, HandlerContext } from "@connectrpc/connect";
import { CALL, type Call } from "../call.js";
import type { Around, Visit } from "../interceptors/index.js";
import { chain, type Maybe } from "../maybe.js";
import type { MethodEntry } from "../rpc/services.js";
import type { Fields } from "./codec/decoder.js";
import type { Ending } from "./ending.js";
import { HeaderView } from "./header-view.js";

/** Calls a handler with a message. @throws ConnectError, at once or by the promise */
export type Invoke = (message: Fields, exchange: Exchange) => Maybe<Outgoing>;

/** What a handler answers. */
export interface Outgoing {
  readonly message: Fields;
  /** Undefined where the handler set none. */
  readonly header: Headers | undefined;
  readonly trailer: Headers | undefined;
}

/** One call: who made it, and what ends it. */
export interface Exchange {
  readonly header: HeaderView;
  readonly call: Call;
  readonly ending: Ending;
  /** Milliseconds that the caller allows. */
  readonly timeoutMs: number | undefined;
}

/** Puts what every door has around a handler, once: what that decides and counts, it decides and counts for the lane. */
export function createInvoke({ method, handler }: MethodEntry, around: Around): Invoke {
  return (message, exchange) => {
    const context = new LaneContext(method, exchange);
    const { call, ending, timeoutMs: asked } = exchange;
    const visit: Visit = {
      call,
      method,
      asked,
      message: message as unknown as Message,
      controller: () => ending.arm(),
    };
    const answer = around(visit, () => {
      // What is over before it begins does no work.
      ending.throwIfAborted();
      return handler(message, context as unknown as HandlerContext) as Maybe<Fields>;
    });
    return chain(answer, (made) => context.outgoing(made));
  };
}

/** Connect's context, without what takes time to make. */
class LaneContext implements ContextValues {
  readonly protocolName = "lane";
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  readonly #exchange: Exchange;
  #header: HeaderView | undefined;
  #trailer: HeaderView | undefined;

  constructor(method: DescMethod, exchange: Exchange) {
    this.method = method;
    this.#exchange = exchange;
  }

  get service() {
    return this.method.parent;
  }

  get url() {
    return `/${this.method.parent.typeName}/${this.method.name}`;
  }

  get signal() {
    return this.#exchange.ending;
  }

  get requestHeader() {
    return this.#exchange.header;
  }

  get responseHeader() {
    this.#header ??= new HeaderView();
    return this.#header;
  }

  get responseTrailer() {
    this.#trailer ??= new HeaderView();
    return this.#trailer;
  }

  /** It has the values itself: all are at their defaults, save the call. */
  get values(): ContextValues {
    return this;
  }

  get<T>(key: { readonly id: symbol; readonly defaultValue: T }): T {
    return key.id === CALL.id ? (this.#exchange.call as T) : key.defaultValue;
  }

  set(): never {
    throw new Error("handlers read the values of a call, and set none");
  }

  delete(): never {
    return this.set();
  }

  timeoutMs(): number | undefined {
    const { deadlineMs } = this.#exchange.call;
    return deadlineMs === undefined ? undefined : deadlineMs - Date.now();
  }

  outgoing(message: Fields): Outgoing {
    return { message, header: this.#header?.made, trailer: this.#trailer?.made };
  }
}
