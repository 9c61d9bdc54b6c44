import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import { beginSpan } from "./call-span.js";
import { canceled } from "./clock.js";
import { toVecStoreError } from "./convert/error.js";
import { VecStoreError } from "./errors.js";
import type { CallOptions } from "./model/call.js";
import { checkTimeout, type Settings } from "./options.js";
import { type RetryScope, remainingMs, withRetries } from "./retry.js";

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

/** One attempt of a call: its signal, and the milliseconds it may take. */
type Attempt<T> = (signal: AbortSignal, timeoutMs: number | undefined) => Promise<T>;

/** Carries calls over one connection, with their deadlines, retries and errors. All handles of a client share it. */
export class Session {
  readonly settings: Settings;
  readonly #connection: Connection;
  readonly #calls = new Set<AbortController>();
  #closed = false;

  constructor(settings: Settings, connection: Connection) {
    this.settings = settings;
    this.#connection = connection;
  }

  /**
   * Calls a unary method.
   *
   * @throws VecStoreError
   */
  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    options: CallOptions = {},
    rules: CallRules = {},
  ): Promise<MessageShape<O>> {
    const message = create(method.input, input) as MessageInitShape<I>;
    const { transport } = this.#connection;
    const controller = this.#open(options.signal);
    const span = beginSpan(method, this.settings.headers);
    try {
      const scope = this.#scope(method, options.timeoutMs, rules, controller.signal);
      const response = await this.#attempts(scope, (signal, timeoutMs) =>
        span.run(() => transport.unary(method, signal, timeoutMs, span.headers, message)),
      );
      return response.message;
    } catch (error) {
      span.fail(error);
      throw error;
    } finally {
      span.end();
      this.#release(controller);
    }
  }

  /**
   * Calls a server-streaming method. It is repeated only until the first message has come. Leaving the loop cancels it.
   *
   * @throws VecStoreError
   */
  async *stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    input: MessageInitShape<I>,
    options: CallOptions = {},
    rules: CallRules = {},
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    const message = create(method.input, input) as MessageInitShape<I>;
    const { transport } = this.#connection;
    const controller = this.#open(options.signal);
    const span = beginSpan(method, this.settings.headers);
    try {
      const scope = this.#scope(method, options.timeoutMs, rules, controller.signal);
      const [messages, first] = await this.#attempts(scope, async (signal, timeoutMs) => {
        const ask = () => transport.stream(method, signal, timeoutMs, span.headers, once(message));
        const response = await span.run(ask);
        const iterator = response.message[Symbol.asyncIterator]();
        return [iterator, await iterator.next()] as const;
      });
      for (let result = first; !result.done; result = await messages.next()) yield result.value;
    } catch (thrown) {
      const error = toVecStoreError(thrown, { url: this.settings.url, signal: controller.signal });
      span.fail(error);
      throw error;
    } finally {
      span.end();
      this.#release(controller);
      controller.abort();
    }
  }

  /**
   * Calls a method that streams in both directions. It is never repeated. There is no deadline unless the caller names one.
   *
   * @throws VecStoreError NOT_IMPLEMENTED where the connection cannot do that
   */
  async *duplex<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
    inputs: AsyncIterable<MessageInitShape<I>>,
    options: CallOptions = {},
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    const open = this.#connection.duplex;
    if (open === undefined) throw noDuplex(method.name);
    const { timeoutMs } = options;
    const controller = this.#open(options.signal);
    const { headers, url } = this.settings;
    const span = beginSpan(method, headers);
    try {
      const limitMs =
        timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY ? undefined : checkTimeout(timeoutMs);
      const ask = () => open().stream(method, controller.signal, limitMs, span.headers, inputs);
      yield* (await span.run(ask)).message;
    } catch (thrown) {
      const error = toVecStoreError(thrown, { url, signal: controller.signal });
      span.fail(error);
      throw error;
    } finally {
      span.end();
      this.#release(controller);
      controller.abort();
    }
  }

  /** Ends the calls that run with CLIENT_CLOSED, refuses new ones and closes the sockets. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#calls) controller.abort(clientClosed());
    this.#connection.close();
  }

  #attempts<T>(scope: RetryScope, attempt: Attempt<T>): Promise<T> {
    const { signal } = scope;
    return withRetries(scope, async () => {
      // Transports over HTTP/2 would send the request, and only then take it back.
      if (signal.aborted) throw canceled(signal.reason);
      try {
        const leftMs = remainingMs(scope);
        // The Connect protocol knows whole milliseconds only.
        return await attempt(signal, leftMs === Number.POSITIVE_INFINITY ? undefined : Math.ceil(leftMs));
      } catch (error) {
        throw toVecStoreError(error, { url: this.settings.url, signal });
      }
    });
  }

  #scope(method: MethodInfo, ownTimeoutMs: number | undefined, rules: CallRules, signal: AbortSignal): RetryScope {
    const isRead = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
    const timeoutMs = ownTimeoutMs ?? (rules.long ? Number.POSITIVE_INFINITY : this.settings.timeoutMs);
    const { retry } = this.settings;
    const policy = rules.attempts === undefined ? retry : { ...retry, attempts: rules.attempts };
    return {
      policy,
      repeatable: rules.repeatable ?? isRead,
      deadlineMs: policy.clock.nowMs() + checkTimeout(timeoutMs),
      signal,
    };
  }

  /** Opens a call that the caller's signal and `close` both end. Listeners, because AbortSignal.any holds on to calls. */
  #open(signal: AbortSignal | undefined): CallController {
    if (this.#closed) throw clientClosed();
    const controller = new CallController(signal);
    this.#calls.add(controller);
    return controller;
  }

  #release(controller: CallController): void {
    this.#calls.delete(controller);
    controller.unlink();
  }
}

/** What decides whether a call may be repeated. */
type MethodInfo = { readonly idempotency: MethodOptions_IdempotencyLevel };

/** An abort controller that follows the caller's signal until it is unlinked. */
class CallController extends AbortController {
  readonly #source: AbortSignal | undefined;
  readonly #follow = () => this.abort(this.#source?.reason);

  constructor(source: AbortSignal | undefined) {
    super();
    this.#source = source;
    if (source?.aborted) this.#follow();
    else source?.addEventListener("abort", this.#follow, { once: true });
  }

  unlink(): void {
    this.#source?.removeEventListener("abort", this.#follow);
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
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
