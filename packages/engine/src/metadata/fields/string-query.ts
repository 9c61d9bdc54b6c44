/** One end of a range of strings. */
export interface StringBound {
  /** UTF-8 */
  readonly bytes: Uint8Array;
  /** Whether the end itself is in the range. */
  readonly inclusive: boolean;
}

/** Which strings are wanted. They are compared as UTF-8, which is the order of code points. */
export type StringQuery =
  | { readonly kind: "any"; readonly list: readonly Uint8Array[] }
  | { readonly kind: "prefix" | "substring"; readonly bytes: Uint8Array }
  | { readonly kind: "range"; readonly low: StringBound | undefined; readonly high: StringBound | undefined };

/** Whether the string `bytes[from, to)` is wanted. */
export function isWanted(query: StringQuery, bytes: Uint8Array, from: number, to: number): boolean {
  switch (query.kind) {
    case "any":
      return query.list.some((one) => compareBytes(bytes, from, to, one) === 0);
    case "prefix":
      return startsWith(bytes, from, to, query.bytes);
    case "substring":
      return indexOfBytes(bytes, query.bytes, from, to) >= 0;
    case "range":
      return isInside(query.low, query.high, bytes, from, to);
  }
}

function isInside(
  low: StringBound | undefined,
  high: StringBound | undefined,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  if (low !== undefined && compareBytes(bytes, from, to, low.bytes) < (low.inclusive ? 0 : 1)) return false;
  return high === undefined || compareBytes(bytes, from, to, high.bytes) <= (high.inclusive ? 0 : -1);
}

/** -1, 0 or 1, as `bytes[from, to)` sorts against `other`. */
export function compareBytes(bytes: Uint8Array, from: number, to: number, other: Uint8Array): number {
  const shorter = Math.min(to - from, other.length);
  for (let i = 0; i < shorter; i++) {
    const difference = bytes[from + i]! - other[i]!;
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return Math.sign(to - from - other.length);
}

/** Whether `bytes[from, to)` begins with `prefix`. */
export function startsWith(bytes: Uint8Array, from: number, to: number, prefix: Uint8Array): boolean {
  if (to - from < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[from + i] !== prefix[i]) return false;
  return true;
}

/**
 * Where `needle` first stands whole in `bytes[from, to)`; -1 when it does not. An empty one stands everywhere.
 *
 * The first byte is looked for by `indexOf`, which the platform does many bytes at a time.
 */
export function indexOfBytes(bytes: Uint8Array, needle: Uint8Array, from: number, to: number): number {
  if (needle.length === 0) return from;
  const last = to - needle.length;
  for (let at = bytes.indexOf(needle[0]!, from); at >= 0 && at <= last; at = bytes.indexOf(needle[0]!, at + 1)) {
    if (startsWith(bytes, at, to, needle)) return at;
  }
  return -1;
}
