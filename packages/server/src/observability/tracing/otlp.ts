/** What both forms of OTLP have in common. Enums by their numbers: SPAN_KIND_INTERNAL, SPAN_KIND_SERVER. */
export const SPAN_KINDS = { internal: 1, server: 2 } as const;
/** STATUS_CODE_ERROR. */
export const STATUS_ERROR = 2;
/** Who made the spans. */
export const SCOPE_NAME = "@vecstore/server";

const NS_PER_MS = 1_000_000;

/**
 * Nanoseconds since 1970, in digits: a double does not hold so many, so they are put together of two parts.
 *
 * @param ms  milliseconds since 1970, with fractions
 */
export function toNanos(ms: number): string {
  const whole = Math.floor(ms);
  const fraction = Math.min(NS_PER_MS - 1, Math.round((ms - whole) * NS_PER_MS));
  return `${whole}${String(fraction).padStart(6, "0")}`;
}
