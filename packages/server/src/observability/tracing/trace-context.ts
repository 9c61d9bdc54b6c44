import { randomBytes } from "node:crypto";

/** Where a caller's span stands: what a `traceparent` header says. */
export interface TraceParent {
  /** 32 hex digits, not all zero. */
  readonly traceId: string;
  /** 16 hex digits, not all zero. */
  readonly spanId: string;
  /** Whether the caller keeps its spans. */
  readonly isSampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;
const ZEROS = /^0+$/;

/**
 * Reads a `traceparent`. What is none counts as absent: whoever gets it begins a trace of its own.
 *
 * Source: W3C Trace Context, level 1, 3.2: later versions may have more behind the flags, version 00 may not, ff is none.
 */
export function parseTraceparent(header: string | undefined): TraceParent | undefined {
  const found = header === undefined ? null : TRACEPARENT.exec(header.trim());
  if (found === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = found as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** A new trace's id: 128 random bits as hex digits. */
export function createTraceId(): string {
  return randomBytes(16).toString("hex");
}

/** A new span's id: 64 random bits as hex digits. */
export function createSpanId(): string {
  return randomBytes(8).toString("hex");
}
