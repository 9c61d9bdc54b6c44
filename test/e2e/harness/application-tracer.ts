import { randomBytes } from "node:crypto";
import { type Span, trace } from "@opentelemetry/api";

/** A span that an application's tracer kept. */
export interface ApplicationSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  isOver: boolean;
}

/**
 * Registers a tracer provider with `@opentelemetry/api`, as an application does that traces.
 *
 * @returns  the spans that are begun, and how to take the provider away
 */
export function registerApplicationTracer(): { readonly spans: ApplicationSpan[]; readonly remove: () => void } {
  const spans: ApplicationSpan[] = [];
  const startSpan = (name: string): Span => {
    const span = {
      name,
      traceId: randomBytes(16).toString("hex"),
      spanId: randomBytes(8).toString("hex"),
      isOver: false,
    };
    spans.push(span);
    const self = {
      spanContext: () => ({ traceId: span.traceId, spanId: span.spanId, traceFlags: 1 }),
      setAttribute: () => self,
      setStatus: () => self,
      end: () => {
        span.isOver = true;
      },
    } as unknown as Span;
    return self;
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: () => undefined as never }) });
  return { spans, remove: () => trace.disable() };
}
