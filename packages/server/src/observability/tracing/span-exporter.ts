import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encodeSpans as encodeJson } from "./otlp-json.js";
import { encodeSpans as encodeProtobuf } from "./otlp-protobuf.js";
import type { Span } from "./span.js";
import type { TraceProtocol, TraceSettings } from "./trace-settings.js";

/** What an exporter needs besides its settings. */
export interface SpanExporterOptions extends Omit<TraceSettings, "sampler"> {
  /** Told of spans that were lost, and why. */
  readonly onDropped: (spans: number, cause: string) => void;
}

/** How a batch is written, and what its header says of that. */
const FORMS: Readonly<Record<TraceProtocol, { readonly type: string; readonly encode: Encode }>> = {
  "http/json": { type: "application/json", encode: encodeJson },
  "http/protobuf": { type: "application/x-protobuf", encode: encodeProtobuf },
};

type Body = string | Uint8Array<ArrayBuffer>;
type Encode = (spans: readonly Span[], resource: TraceSettings["resource"]) => Body;

/** Answers after which the same batch is worth another try. Source: OTLP specification, "Retryable Response Codes". */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Tries of one batch in all. */
const TRIES_MAX = 4;
/** Before the second try; doubled before each further one. */
const BACKOFF_MS = 1_000;

/** Sends spans in batches, one after the other, and keeps only so many: a collector that is away costs memory once. */
export class SpanExporter {
  readonly #options: SpanExporterOptions;
  #queue: Span[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #lost = 0;
  /** Ends what is waited for. */
  readonly #closing = new AbortController();

  constructor(options: SpanExporterOptions) {
    this.#options = options;
  }

  /** Takes spans that are over. What does not fit is dropped and told of with the next batch. */
  add(spans: readonly Span[]): void {
    const { queueMax, batchMax, delayMs } = this.#options;
    const room = Math.max(0, queueMax - this.#queue.length);
    this.#queue.push(...spans.slice(0, room));
    this.#lost += Math.max(0, spans.length - room);
    if (this.#sending !== undefined) return;
    if (this.#queue.length >= batchMax) this.#start();
    else this.#timer ??= this.#startIn(delayMs);
  }

  /** Sends what is left, for at most `timeoutMs`, and waits for it. */
  async close(timeoutMs: number): Promise<void> {
    const cut = setTimeout(() => this.#closing.abort(), timeoutMs);
    this.#start();
    while (this.#sending !== undefined) await this.#sending;
    clearTimeout(cut);
    this.#closing.abort();
  }

  #startIn(delayMs: number): NodeJS.Timeout {
    const timer = setTimeout(() => this.#start(), delayMs);
    // Spans do not keep a process alive that is done; `close` sends what is left.
    return timer.unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending !== undefined || (this.#queue.length === 0 && this.#lost === 0)) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, this.#options.batchMax);
      this.#queue = this.#queue.slice(batch.length);
      const problem = await this.#send(batch);
      if (problem !== undefined) this.#options.onDropped(batch.length, problem);
    }
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#options.onDropped(lost, "the queue is full");
  }

  /** @returns why the batch is lost */
  async #send(batch: readonly Span[]): Promise<string | undefined> {
    const body = await this.#encode(batch);
    for (let tries = 1; ; tries++) {
      const answer = await this.#post(body);
      if (answer.isDone) return undefined;
      if (!answer.isRetryable || tries === TRIES_MAX || this.#closing.signal.aborted) return answer.problem;
      await this.#sleep(BACKOFF_MS * 2 ** (tries - 1));
    }
  }

  async #encode(batch: readonly Span[]): Promise<Body> {
    const { protocol, resource, isCompressed } = this.#options;
    const body = FORMS[protocol].encode(batch, resource);
    return isCompressed ? new Uint8Array(await promisify(gzip)(body)) : body;
  }

  async #post(body: Body): Promise<Answer> {
    const { url, protocol, headers, timeoutMs, isCompressed } = this.#options;
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closing.signal]);
    try {
      const all = new Headers({ ...headers, "content-type": FORMS[protocol].type });
      if (isCompressed) all.set("content-encoding", "gzip");
      const response = await fetch(url, { method: "POST", headers: all, body, signal, redirect: "error" });
      await response.body?.cancel();
      const isRetryable = RETRYABLE.has(response.status);
      return { isDone: response.ok, isRetryable, problem: `the collector answered ${response.status}` };
    } catch (error) {
      const { cause, message } = error as Error;
      const problem = cause instanceof Error && cause.message !== "" ? cause.message : message;
      return { isDone: false, isRetryable: true, problem };
    }
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      timer.unref();
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
    });
  }
}

/** How one try ended. */
interface Answer {
  readonly isDone: boolean;
  readonly isRetryable: boolean;
  readonly problem: string;
}
