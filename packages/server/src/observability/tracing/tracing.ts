import type { CallRecorder, CallTrace, QueryAbout, QueryRecorder, SpanEnd } from "../../call.js";
import { type QueryEnd, QuerySpans } from "./query-spans.js";
import type { Sampler } from "./sampler.js";
import type { Span } from "./span.js";
import { createSpanId, createTraceId, parseTraceparent, type TraceParent } from "./trace-context.js";

/** Begins the part of a trace that each call is. */
export interface Tracing {
  /**
   * @param traceparent  the header that came with the call
   * @returns  undefined when the call is part of no trace: none came, and none is begun here
   */
  begin(traceparent: string | undefined): CallTrace | undefined;
}

/** What keeping spans takes. */
export interface TracingOptions {
  readonly sampler: Sampler;
  readonly add: (spans: readonly Span[]) => void;
}

/** Codes of calls that failed by the server's fault, as OpenTelemetry's conventions for gRPC have them; other callers' errors are no failure of a span. */
const FAILURES: ReadonlySet<string> = new Set([
  "unknown",
  "deadline_exceeded",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
]);

/** @param options  absent: no spans are kept, and callers' traces are only named in the log */
export function createTracing(options: TracingOptions | undefined): Tracing {
  return {
    begin(header) {
      const parent = parseTraceparent(header);
      if (options === undefined) return parent && { traceId: parent.traceId };
      const traceId = parent?.traceId ?? createTraceId();
      if (!options.sampler(traceId, parent)) return { traceId };
      return { traceId, recorder: new Recorder(traceId, parent, options.add) };
    },
  };
}

/** A query of a call; without an end until it is answered. */
interface WatchedQuery {
  readonly spans: QuerySpans;
  end?: QueryEnd;
}

/** The span of one call and of its queries, until the call ends. */
class Recorder implements CallRecorder {
  readonly #traceId: string;
  readonly #parent: TraceParent | undefined;
  readonly #add: TracingOptions["add"];
  readonly #spanId = createSpanId();
  readonly #startedMs = performance.now();
  /** One for the whole call: the system's clock may be set meanwhile. */
  readonly #originMs = Date.now() - this.#startedMs;
  readonly #queries: WatchedQuery[] = [];

  constructor(traceId: string, parent: TraceParent | undefined, add: TracingOptions["add"]) {
    this.#traceId = traceId;
    this.#parent = parent;
    this.#add = add;
  }

  query(about: QueryAbout): QueryRecorder {
    const spans = new QuerySpans(about);
    const query: WatchedQuery = { spans };
    this.#queries.push(query);
    return {
      stretch: (stretch) => spans.stretch(stretch),
      answered: (facts) => {
        query.end = { facts, endedMs: performance.now() };
      },
    };
  }

  end({ name, attributes, code, reason }: SpanEnd): void {
    const endedMs = performance.now();
    const failure = FAILURES.has(code) ? (reason ?? code) : undefined;
    const place = {
      traceId: this.#traceId,
      parentSpanId: this.#spanId,
      originMs: this.#originMs,
      namespace: attributes.namespace,
    };
    const own: Span = {
      traceId: this.#traceId,
      spanId: this.#spanId,
      parentSpanId: this.#parent?.spanId,
      name,
      kind: "server",
      startMs: this.#originMs + this.#startedMs,
      endMs: this.#originMs + endedMs,
      attributes: { ...attributes, code, reason },
      failure,
    };
    this.#add([own, ...this.#queries.flatMap(({ spans, end }) => spans.spans(place, end ?? { endedMs, failure }))]);
  }
}
