import { readField } from "../filter/evaluate.js";
import type { JsonValue, Metadata } from "../model/metadata.js";

/**
 * Names the group of a record: records whose metadata have equal values at a path are in one. Values are equal as JSON
 * is, so 1 and "1" are not; the order of an object's keys does not count. Records without the field, and those where it
 * is null, are one group together.
 */
export function groupKeyOf(path: readonly string[], metadata: Metadata | undefined): string {
  const value = readField(path, metadata);
  if (value === undefined) return NO_VALUE;
  return JSON.stringify(typeof value === "object" ? sorted(value) : value);
}

const NO_VALUE = "null";

/** The scalar that a group is named for; undefined when it is none. */
export function scalarOf(key: string): string | number | boolean | undefined {
  const value: unknown = JSON.parse(key);
  return typeof value === "object" ? undefined : (value as string | number | boolean);
}

function sorted(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).map(([name, field]): [string, JsonValue] => [name, sorted(field)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
