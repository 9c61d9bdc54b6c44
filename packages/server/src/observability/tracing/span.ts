/** What an attribute may hold. */
export type AttributeValue = string | number | boolean;

/** Names and values that describe a span; undefined ones are left out. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

/** Something that happened at one moment of a span. */
export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since 1970, with fractions. */
  readonly timeMs: number;
}

/** A stretch of work of one trace, when it is over. */
export interface Span {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** Absent of a root. */
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  /** `server` for the answer to a call, `internal` for a part of it. */
  readonly kind: "server" | "internal";
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number;
  /** The same. */
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events?: readonly SpanEvent[];
  /** Why it failed, where the fault was the server's; a reason, never a message. */
  readonly failure?: string | undefined;
}
