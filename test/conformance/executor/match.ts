import { isDeepStrictEqual } from "node:util";

type Check = (argument: never, actual: unknown) => boolean;

const MATCHERS: Readonly<Record<string, Check>> = {
  $any: (_, actual) => actual !== null && actual !== undefined,
  $exact: (argument, actual) => isDeepStrictEqual(plain(actual), plain(argument)),
  $approx: ([value, tolerance]: [number, number], actual) =>
    typeof actual === "number" && Math.abs(actual - value) <= tolerance,
  $at_least: (bound: number, actual) => typeof actual === "number" && actual >= bound,
  $at_most: (bound: number, actual) => typeof actual === "number" && actual <= bound,
  $length: (expected, actual) => matches(expected, lengthOf(actual)),
  $regex: (pattern: string, actual) => typeof actual === "string" && new RegExp(pattern, "u").test(actual),
  $contains: (part, actual) =>
    Array.isArray(actual)
      ? actual.some((element) => matches(part, element))
      : typeof actual === "string" && actual.includes(part),
  $not: (expected, actual) => !matches(expected, actual),
};

/** Whether a name is one of a matcher. */
export const isMatcherName = (name: string): boolean => name in MATCHERS;

/**
 * Finds the first place where what came is not what was expected.
 *
 * @returns  a sentence with the path; undefined when all matches
 */
export function mismatch(expected: unknown, actual: unknown, path = "it"): string | undefined {
  if (expected === null) return actual === null || actual === undefined ? undefined : differs(path, expected, actual);
  if (Array.isArray(expected)) return mismatchOfArray(expected, actual, path);
  if (typeof expected === "object") return mismatchOfObject(expected as Record<string, unknown>, actual, path);
  // Not Object.is, which tells 0 from -0; NaN, which equals nothing, never comes.
  return expected === actual ? undefined : differs(path, expected, actual);
}

const matches = (expected: unknown, actual: unknown): boolean => mismatch(expected, actual) === undefined;

function mismatchOfObject(expected: Record<string, unknown>, actual: unknown, path: string): string | undefined {
  const [name, ...more] = Object.keys(expected);
  const check = name !== undefined && more.length === 0 ? MATCHERS[name] : undefined;
  if (check !== undefined) return check(expected[name!] as never, actual) ? undefined : differs(path, expected, actual);
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return differs(path, expected, actual);
  for (const [key, value] of Object.entries(expected)) {
    const found = mismatch(value, (actual as Record<string, unknown>)[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mismatchOfArray(expected: readonly unknown[], actual: unknown, path: string): string | undefined {
  if (!Array.isArray(actual) || actual.length !== expected.length) return differs(path, expected, actual);
  for (const [position, value] of expected.entries()) {
    const found = mismatch(value, actual[position], `${path}[${position}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Without what JSON does not tell apart: 0 and -0, prototypes, undefined. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function lengthOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  return typeof value === "string" ? [...value].length : undefined;
}

function differs(path: string, expected: unknown, actual: unknown): string {
  return `${path}: expected ${show(expected)}, got ${show(actual)}`;
}

const SHOWN_MAX = 1_000;

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
