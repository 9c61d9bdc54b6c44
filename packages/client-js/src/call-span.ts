import { VERSION } from "./version.js";

/** The span of one call, retries included; without OpenTelemetry in the application it does nothing. */
export interface CallSpan {
  /** The client's headers, and what tells the server which span it answers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Runs a request within the span, so that whoever instruments the transport sees it as its parent. */
  run<T>(request: () => T): T;
  /** The call failed. */
  fail(error: unknown): void;
  /** The call is over. */
  end(): void;
}

/** What is used of OpenTelemetry's API, which keeps itself here so that all packages of an application share it. */
interface OpenTelemetry {
  readonly trace?: { getTracer(name: string, version: string): { startSpan(name: string, options: object): Span } };
  readonly context?: { active(): Context; with<T>(context: Context, run: () => T): T };
}

interface Context {
  setValue(key: symbol, value: unknown): Context;
}

interface Span {
  spanContext(): { traceId: string; spanId: string; traceFlags: number; traceState?: { serialize(): string } };
  setAttribute(name: string, value: string): unknown;
  setStatus(status: { code: number; message: string }): unknown;
  end(): void;
}

const API_KEY = Symbol.for("opentelemetry.js.api.1");
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");
/** SpanKind.CLIENT and SpanStatusCode.ERROR. */
const KIND_CLIENT = 2;
const STATUS_ERROR = 2;
/** Of a span that is none: its provider is not there yet, or was shut down. */
const NO_SPAN = /^0*$/;

/**
 * Begins the span of a call when the application has registered a tracer provider with `@opentelemetry/api`.
 *
 * @param headers  the client's own; they are copied where something is added
 */
export function beginSpan(
  method: { readonly name: string; readonly service: string },
  headers: Readonly<Record<string, string>>,
): CallSpan {
  const api = (globalThis as { [API_KEY]?: OpenTelemetry })[API_KEY];
  if (api?.trace === undefined) return new NoSpan(headers);
  const { service } = method;
  const attributes = { "rpc.service": service, "rpc.method": method.name };
  const span = api.trace
    .getTracer("@vecstore/client", VERSION)
    .startSpan(`${service}/${method.name}`, { kind: KIND_CLIENT, attributes });
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  if (NO_SPAN.test(traceId)) return new NoSpan(headers);
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
  const tracestate = traceState?.serialize();
  return {
    headers: { ...headers, traceparent, ...(tracestate && { tracestate }) },
    run: (request) => {
      const contexts = api.context;
      return contexts ? contexts.with(contexts.active().setValue(SPAN_KEY, span), request) : request();
    },
    fail: (error) => {
      const { reason = "UNSPECIFIED" } = error as { reason?: string };
      span.setAttribute("error.type", reason);
      span.setStatus({ code: STATUS_ERROR, message: reason });
    },
    end: () => {
      span.end();
    },
  };
}

/** Where nobody asks for spans. */
class NoSpan implements CallSpan {
  readonly headers: Readonly<Record<string, string>>;

  constructor(headers: Readonly<Record<string, string>>) {
    this.headers = headers;
  }

  run<T>(request: () => T): T {
    return request();
  }

  fail(): void {}

  end(): void {}
}
