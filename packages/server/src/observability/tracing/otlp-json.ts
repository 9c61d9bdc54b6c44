import type { Attributes, AttributeValue, Span } from "./span.js";

/** Of the protocol: SPAN_KIND_INTERNAL, SPAN_KIND_SERVER. */
const KINDS = { internal: 1, server: 2 } as const;
/** Of the protocol: STATUS_CODE_ERROR. */
const STATUS_ERROR = 2;
const NS_PER_MS = 1_000_000;

/**
 * Writes spans as an ExportTraceServiceRequest in JSON.
 *
 * Source: OTLP specification 1.x, "JSON Protobuf Encoding": ids in hex, 64-bit numbers as text, enums as numbers.
 */
export function encodeSpans(spans: readonly Span[], resource: Attributes): string {
  const scopeSpans = [{ scope: { name: "@vecstore/server" }, spans: spans.map(encodeSpan) }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: encodeAttributes(resource) }, scopeSpans }] });
}

function encodeSpan({ kind, startMs, endMs, attributes, events = [], failure, ...span }: Span): object {
  return {
    ...span,
    kind: KINDS[kind],
    startTimeUnixNano: toNanos(startMs),
    endTimeUnixNano: toNanos(endMs),
    attributes: encodeAttributes(attributes),
    events: events.map(({ name, timeMs }) => ({ name, timeUnixNano: toNanos(timeMs) })),
    ...(failure !== undefined && { status: { code: STATUS_ERROR, message: failure } }),
  };
}

/** A double holds no nanoseconds since 1970, so its digits are put together of two parts. */
function toNanos(ms: number): string {
  const whole = Math.floor(ms);
  const fraction = Math.min(NS_PER_MS - 1, Math.round((ms - whole) * NS_PER_MS));
  return `${whole}${String(fraction).padStart(6, "0")}`;
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
