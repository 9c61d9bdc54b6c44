import { beginSpan, type CallSpan } from "./call-span.js";
import { deadlineExceeded } from "./clock.js";
import { toVecStoreError } from "./convert/error.js";
import { refusing } from "./convert/message.js";
import { VecStoreError } from "./errors.js";
import type { CallOptions } from "./model/call.js";
import { checkTimeout, type Settings } from "./options.js";
import type { Attempt, Transport } from "./protocol/transport.js";
import { type RetryScope, remainingMs, withRetries } from "./retry.js";
import type { Init, Method, MethodKind } from "./wire/schema.js";

/** A transport, and what it holds open. */
export interface Connection {
  readonly transport: Transport;
  /** The same over HTTP/2, for streams in both directions; undefined where there is none, as over fetch. */
  readonly duplex?: () => Transport;
  /** Closes its sockets. */
  close(): void;
}

/** What the nature of a call adds to the options of whoever calls. */
export interface CallRules {
  /** A write that may be sent twice, because it carries an idempotency key. Reads always may. */
  readonly repeatable?: boolean;
  /** The server bounds this call by idleness, not by a deadline, so the client's default timeout does not apply. */
  readonly long?: boolean;
  /** Attempts in all. Default: the client's. */
  readonly attempts?: number;
}

/** The message of a call as it travels, so that it is written once for all attempts. */
export type Body = Uint8Array<ArrayBuffer>;

type AnyMethod = Method<MethodKind, unknown, unknown>;

/** Carries calls over one connection, with their deadlines, retries and errors. All handles of a client share it. */
export class Session {
  readonly settings: Settings;
  readonly #connection: Connection;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #calls = new Set<Call>();
  #closed = false;

  constructor(settings: Settings, connection: Connection) {
    this.settings = settings;
    this.#connection = connection;
    this.#headers = Object.fromEntries(settings.headers);
  }

  /**
   * Writes the message of a call, which shares nothing with `input` any more.
   *
   * @throws VecStoreError INVALID_ARGUMENT on a value of a wrong type, by the name of its field
   */
  encode<I>(method: Method<"unary" | "stream", I, unknown>, input: Init<I>): Body {
    return refusing("", () => this.#connection.transport.encode(method, input));
  }

  /** The same with a message that was written before; it may be shared. */
  bodyOf(method: Method<"unary", unknown, unknown>, message: Uint8Array<ArrayBuffer>): Body {
    return this.#connection.transport.bodyOf(method, message);
  }

  /**
   * Calls a unary method.
   *
   * @throws VecStoreError
   */
  async call<I, O>(
    method: Method<"unary", I, O>,
    input: Init<I>,
    options: CallOptions = {},
    rules: CallRules = {},
  ): Promise<O> {
    return this.send(method, this.encode(method, input), options, rules);
  }

  /**
   * The same with a message that was written before.
   *
   * @param body  of `encode`, for the same method
   * @throws VecStoreError
   */
  async send<I, O>(
    method: Method<"unary", I, O>,
    body: Body,
    options: CallOptions = {},
    rules: CallRules = {},
  ): Promise<O> {
    const { transport } = this.#connection;
    const call = this.#open(method, options, rules);
    try {
      return await this.#attempts(call, (attempt) => transport.unary(attempt as Attempt<O>, body));
    } catch (error) {
      call.span.fail(error);
      throw error;
    } finally {
      this.#release(call);
    }
  }

  /**
   * Calls a server-streaming method. It is repeated only until the first message has come. Leaving the loop cancels it.
   *
   * @throws VecStoreError
   */
  async *stream<I, O>(
    method: Method<"stream", I, O>,
    input: Init<I>,
    options: CallOptions = {},
    rules: CallRules = {},
  ): AsyncGenerator<O, void, undefined> {
    const body = this.encode(method, input);
    const { transport } = this.#connection;
    const call = this.#open(method, options, rules);
    let messages: AsyncGenerator<O, void, undefined> | undefined;
    try {
      const first = await this.#attempts(call, (attempt) => {
        messages = transport.stream(attempt as Attempt<O>, body);
        return messages.next();
      });
      for (let result = first; !result.done; result = await messages!.next()) yield result.value;
    } catch (thrown) {
      throw this.#failed(call, thrown);
    } finally {
      this.#release(call);
      call.abort();
      // What is left of it ends by the signal.
      messages?.return().catch(() => {});
    }
  }

  /**
   * Calls a method that streams in both directions. It is never repeated. There is no deadline unless the caller names one.
   *
   * @param inputs  messages that were written before
   * @throws VecStoreError NOT_IMPLEMENTED where the connection cannot do that
   */
  async *duplex<I, O>(
    method: Method<"duplex", I, O>,
    inputs: AsyncIterable<Uint8Array<ArrayBuffer>>,
    options: CallOptions = {},
  ): AsyncGenerator<O, void, undefined> {
    const open = this.#connection.duplex;
    if (open === undefined) throw noDuplex(method.name);
    const call = this.#open(method, options, { long: true });
    const transport = open();
    const bodies = bodiesOf(transport, method, inputs);
    try {
      yield* call.span.run(() => transport.duplex(this.#attempt(call) as Attempt<O>, bodies));
    } catch (thrown) {
      throw this.#failed(call, thrown);
    } finally {
      this.#release(call);
      call.abort();
    }
  }

  /** Ends the calls that run with CLIENT_CLOSED, refuses new ones and closes the sockets. */
  close(): void {
    this.#closed = true;
    for (const call of this.#calls) call.abort(clientClosed());
    this.#connection.close();
  }

  #attempts<T>(call: Call, run: (attempt: Attempt<unknown>) => Promise<T>): Promise<T> {
    return withRetries(call.scope, async () => {
      try {
        const attempt = this.#attempt(call);
        return await call.span.run(() => run(attempt));
      } catch (error) {
        throw toVecStoreError(error, { url: this.settings.url, signal: call.signal });
      }
    });
  }

  #attempt(call: Call): Attempt<unknown> {
    const leftMs = remainingMs(call.scope);
    // The protocols know whole milliseconds only.
    const timeoutMs = leftMs === Number.POSITIVE_INFINITY ? undefined : Math.ceil(leftMs);
    return { method: call.method, headers: call.span.headers, timeoutMs, signal: call.signal };
  }

  #failed(call: Call, thrown: unknown): VecStoreError {
    const error = toVecStoreError(thrown, { url: this.settings.url, signal: call.signal });
    call.span.fail(error);
    return error;
  }

  #open(method: AnyMethod, options: CallOptions, rules: CallRules): Call {
    if (this.#closed) throw clientClosed();
    const call = new Call(method, options, rules, { settings: this.settings, headers: this.#headers });
    this.#calls.add(call);
    return call;
  }

  #release(call: Call): void {
    this.#calls.delete(call);
    call.end();
  }
}

/** What all calls of a session have in common. */
interface CallDefaults {
  readonly settings: Settings;
  readonly headers: Readonly<Record<string, string>>;
}

/** A call, which the caller's signal, its deadline and `close` all end. */
class Call extends AbortController {
  readonly method: AnyMethod;
  readonly scope: RetryScope;
  readonly span: CallSpan;
  readonly #source: AbortSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  // A listener, because AbortSignal.any holds on to calls.
  readonly #follow = () => this.abort(this.#source?.reason);

  constructor(method: AnyMethod, options: CallOptions, rules: CallRules, of: CallDefaults) {
    super();
    const { settings, headers } = of;
    const { retry } = settings;
    const timeoutMs = checkTimeout(options.timeoutMs ?? (rules.long ? Number.POSITIVE_INFINITY : settings.timeoutMs));
    this.method = method;
    this.scope = {
      policy: rules.attempts === undefined ? retry : { ...retry, attempts: rules.attempts },
      repeatable: rules.repeatable ?? method.isRead,
      deadlineMs: retry.clock.nowMs() + timeoutMs,
      signal: this.signal,
    };
    this.span = beginSpan(method, headers);
    if (timeoutMs !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.abort(deadlineExceeded()), timeoutMs);
    this.#source = options.signal;
    if (this.#source?.aborted) this.#follow();
    else this.#source?.addEventListener("abort", this.#follow, { once: true });
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#source?.removeEventListener("abort", this.#follow);
    this.span.end();
  }
}

async function* bodiesOf(
  transport: Transport,
  method: AnyMethod,
  messages: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Body, void, undefined> {
  for await (const message of messages) yield transport.bodyOf(method, message);
}

function clientClosed(): VecStoreError {
  return new VecStoreError({
    code: "canceled",
    reason: "CLIENT_CLOSED",
    message: "the client is closed; make a new one",
  });
}

function noDuplex(name: string): VecStoreError {
  return new VecStoreError({
    code: "unimplemented",
    reason: "NOT_IMPLEMENTED",
    message: `${name} streams in both directions, which fetch and browsers cannot; use upsertAll, or POST /v1/import`,
  });
}
