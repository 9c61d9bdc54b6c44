/** Names of others: of callers, and reasons of errors. They stay. */
const VERBATIM: ReadonlySet<string> = new Set(["metadata", "labels", "errors"]);

/** Times since 1970, which JSON has as RFC 3339; other milliseconds are durations. */
const TIME = /^(.*(?:At|Since|Until)|lastCheckpoint)Ms$/;

/** How REST names what the client calls otherwise. */
const NAMES: Readonly<Record<string, string>> = { lastCheckpointMs: "last_checkpoint_at" };

/**
 * What the client answered, as REST has it: names in snake_case, times in RFC 3339, vectors as numbers.
 *
 * @param value  plain objects, arrays, scalars and Float32Array
 */
export function jsonForm(value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(jsonForm);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => entryOf(name, each)));
}

function entryOf(name: string, value: unknown): [string, unknown] {
  const time = TIME.exec(name);
  if (time !== null && typeof value === "number") {
    return [NAMES[name] ?? snakeCase(time[1]!), new Date(value).toISOString()];
  }
  return [snakeCase(name), VERBATIM.has(name) ? value : jsonForm(value)];
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
