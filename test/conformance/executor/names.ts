/** Objects whose keys are the caller's own, and so are no names of ours. */
const OPAQUE = new Set(["metadata", "merge_metadata", "replace_metadata", "labels", "details", "filter_json"]);

/** `include_vector` becomes `includeVector`, everywhere but inside what is the caller's own. */
export function toCamel(value: unknown): unknown {
  return rename(value, (name) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
}

/** `includeVector` becomes `include_vector`; a Float32Array becomes an array. */
export function toSnake(value: unknown): unknown {
  return rename(value, toSnakeName);
}

const toSnakeName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function rename(value: unknown, renamed: (name: string) => string): unknown {
  if (value instanceof Float32Array) return Array.from(value);
  if (Array.isArray(value)) return value.map((each) => rename(each, renamed));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      return [renamed(name), OPAQUE.has(toSnakeName(name)) ? each : rename(each, renamed)];
    }),
  );
}
