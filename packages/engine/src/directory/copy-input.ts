/** Nesting that is copied: more than metadata and filters may have, so that what is deeper is refused anyway. */
const DEPTH_MAX = 64;

/**
 * Copies what a caller gave, for a call that has to wait before it looks at it: arrays, plain objects and typed arrays. All else,
 * such as signals and errors, is passed on as it is.
 *
 * Cost: a pass over it.
 */
export function copyInput<T>(value: T): T {
  return copied(value, 0) as T;
}

function copied(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth > DEPTH_MAX) return value;
  if (ArrayBuffer.isView(value)) return "slice" in value ? (value as Uint8Array).slice() : value;
  if (Array.isArray(value)) return value.map((item) => copied(item, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy: Record<string, unknown> = Object.create(prototype);
  for (const [key, item] of Object.entries(value)) {
    // An own `__proto__`, as JSON.parse makes it, stays one.
    Object.defineProperty(copy, key, {
      value: copied(item, depth + 1),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}
