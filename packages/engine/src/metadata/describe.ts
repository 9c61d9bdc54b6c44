/** Characters of a caller's string that a message repeats. */
const EXCERPT_UNITS_MAX = 40;

/**
 * Says in a few words what a value is, for messages: never its content, save names and numbers that are not finite.
 *
 * @returns  for example `undefined`, `NaN`, `a bigint`, `an array`, `a Date`
 */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "number":
      return Number.isFinite(value) ? "a number" : String(value);
    case "object":
      return describeObject(value);
    default:
      return `a ${typeof value}`;
  }
}

/** As `describeValue`, with the content of what is short: a text as JSON and cut, numbers and truth values as they are. */
export function quoteValue(value: unknown): string {
  if (typeof value === "string") return quoteExcerpt(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : describeValue(value);
}

/**
 * True for objects as `JSON.parse` makes them, those without a prototype, and those of another realm.
 * Instances of classes, such as Date and Map, are not plain.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A string as JSON, cut after 40 characters, for messages. */
export function quoteExcerpt(text: string): string {
  if (text.length <= EXCERPT_UNITS_MAX) return JSON.stringify(text);
  const cut = text.slice(0, EXCERPT_UNITS_MAX).replace(/[\uD800-\uDBFF]$/, "");
  return `${JSON.stringify(cut).slice(0, -1)}…"`;
}

/**
 * Appends one step to the path of a field: `.name`, `["odd name"]` or `[2]`.
 *
 * @param step  a key of an object, or an index of an array
 */
export function appendPath(path: string, step: string | number): string {
  if (typeof step === "number") return `${path}[${step}]`;
  const plain = step.length <= EXCERPT_UNITS_MAX && /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(step);
  return plain ? `${path}.${step}` : `${path}[${quoteExcerpt(step)}]`;
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a Date";
  return isPlainObject(value) ? "an object" : "an object that is not plain";
}
