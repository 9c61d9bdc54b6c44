import { SCOPE_NAME, SPAN_KINDS, STATUS_ERROR, toNanos } from "./otlp.js";
import type { Attributes, AttributeValue, Span } from "./span.js";

/**
 * Writes spans as an ExportTraceServiceRequest in JSON.
 *
 * Source: OTLP specification 1.x, "JSON Protobuf Encoding": ids in hex, 64-bit numbers as text, enums as numbers.
 */
export function encodeSpans(spans: readonly Span[], resource: Attributes): string {
  const scopeSpans = [{ scope: { name: SCOPE_NAME }, spans: spans.map(encodeSpan) }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: encodeAttributes(resource) }, scopeSpans }] });
}

function encodeSpan({ kind, startMs, endMs, attributes, events = [], failure, ...span }: Span): object {
  return {
    ...span,
    kind: SPAN_KINDS[kind],
    startTimeUnixNano: toNanos(startMs),
    endTimeUnixNano: toNanos(endMs),
    attributes: encodeAttributes(attributes),
    events: events.map(({ name, timeMs }) => ({ name, timeUnixNano: toNanos(timeMs) })),
    ...(failure !== undefined && { status: { code: STATUS_ERROR, message: failure } }),
  };
}

function encodeAttributes(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: encodeValue(value) }],
  );
}

function encodeValue(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
