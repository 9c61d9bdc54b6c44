import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { SCOPE_NAME, SPAN_KINDS, STATUS_ERROR, toNanos } from "./otlp.js";
import type { Attributes, AttributeValue, Span, SpanEvent } from "./span.js";

/** Numbers of the wire format: 64 bits, and a length before its bytes. */
const WIRE = { fixed64: 1, delimited: 2 } as const;

/**
 * Writes spans as an ExportTraceServiceRequest in protobuf.
 *
 * Source: opentelemetry-proto 1.x, whose field numbers never change: `trace_service.proto`, `trace.proto`, `common.proto`, `resource.proto`.
 */
export function encodeSpans(spans: readonly Span[], resource: Attributes): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  inside(writer, 1, () => {
    inside(writer, 1, () => writeAttributes(writer, 1, resource));
    inside(writer, 2, () => {
      inside(writer, 1, () => writeText(writer, 1, SCOPE_NAME));
      for (const span of spans) inside(writer, 2, () => writeSpan(writer, span));
    });
  });
  return writer.finish();
}

function writeSpan(writer: BinaryWriter, span: Span): void {
  writeBytes(writer, 1, span.traceId);
  writeBytes(writer, 2, span.spanId);
  if (span.parentSpanId !== undefined) writeBytes(writer, 4, span.parentSpanId);
  writeText(writer, 5, span.name);
  writer.tag(6, 0).int32(SPAN_KINDS[span.kind]);
  writeTime(writer, 7, span.startMs);
  writeTime(writer, 8, span.endMs);
  writeAttributes(writer, 9, span.attributes);
  for (const event of span.events ?? []) inside(writer, 11, () => writeEvent(writer, event));
  const { failure } = span;
  if (failure === undefined) return;
  inside(writer, 15, () => {
    writeText(writer, 2, failure);
    writer.tag(3, 0).int32(STATUS_ERROR);
  });
}

function writeEvent(writer: BinaryWriter, { name, timeMs }: SpanEvent): void {
  writeTime(writer, 1, timeMs);
  writeText(writer, 2, name);
}

function writeAttributes(writer: BinaryWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    inside(writer, field, () => {
      writeText(writer, 1, key);
      inside(writer, 2, () => writeValue(writer, value));
    });
  }
}

/** Each kind has a field of its own, which is there also where it is 0, false or empty. */
function writeValue(writer: BinaryWriter, value: AttributeValue): void {
  if (typeof value === "string") writer.tag(1, WIRE.delimited).string(value);
  else if (typeof value === "boolean") writer.tag(2, 0).bool(value);
  else if (Number.isSafeInteger(value)) writer.tag(3, 0).int64(value);
  else writer.tag(4, WIRE.fixed64).double(value);
}

function writeText(writer: BinaryWriter, field: number, text: string): void {
  if (text !== "") writer.tag(field, WIRE.delimited).string(text);
}

/** @param hex  of a trace or a span */
function writeBytes(writer: BinaryWriter, field: number, hex: string): void {
  writer.tag(field, WIRE.delimited).bytes(Buffer.from(hex, "hex"));
}

function writeTime(writer: BinaryWriter, field: number, ms: number): void {
  writer.tag(field, WIRE.fixed64).fixed64(toNanos(ms));
}

/** A message as a field of the one around it. */
function inside(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WIRE.delimited).fork();
  write();
  writer.join();
}
