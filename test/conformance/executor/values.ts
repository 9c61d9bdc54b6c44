import type { Json, JsonObject } from "./case.js";

/** What values are made of that depend on the run. */
export interface Run {
  /** The name of the namespace with a label. */
  namespace(label: string): string;
  /** Results that were kept, by name. */
  readonly saved: ReadonlyMap<string, unknown>;
}

type Make = (argument: never, run: Run) => unknown;

interface Vector {
  readonly dimension: number;
  readonly seed: number;
}

interface Ids {
  readonly count: number;
  readonly prefix: string;
  readonly start?: number;
}

const VALUES: Readonly<Record<string, Make>> = {
  $namespace: (label: string, run) => run.namespace(label),
  $saved: (path: string, run) => readSaved(path, run.saved),
  $repeat: ([text, count]: [string, number]) => text.repeat(count),
  $fill: ([value, count]: [unknown, number]) => Array(count).fill(value),
  $concat: (parts: unknown[]) => (parts.every((part) => typeof part === "string") ? parts.join("") : parts.flat()),
  $nest: ([key, levels, value]: [string, number, unknown]) => nest(key, levels, value),
  $f32: (numbers: number[]) => numbers.map(Math.fround),
  $vector: (of: Vector) => vector(of),
  $ids: (of: Ids) => ids(of),
  $records: (of: Ids & Vector) => records(of),
  $now_ms: (more: number) => Date.now() + more,
  $number: (name: string) => Number(name),
};

/** Whether a name is one of a value that is made. */
export const isValueName = (name: string): boolean => name in VALUES;

/** Makes every value that stands in some JSON, from the inside out. */
export function toValue(json: Json, run: Run): unknown {
  if (Array.isArray(json)) return json.map((each) => toValue(each, run));
  if (typeof json !== "object" || json === null) return json;
  const made = Object.fromEntries(Object.entries(json).map(([key, value]) => [key, toValue(value, run)]));
  const [name, ...more] = Object.keys(json);
  const make = name !== undefined && more.length === 0 ? VALUES[name] : undefined;
  return make === undefined ? made : make(made[name!] as never, run);
}

/** The labels of the namespaces that stand in some JSON. */
export function labelsIn(json: Json): string[] {
  if (typeof json !== "object" || json === null) return [];
  const own = (json as JsonObject).$namespace;
  return [...(typeof own === "string" ? [own] : []), ...Object.values(json).flatMap(labelsIn)];
}

function readSaved(path: string, saved: ReadonlyMap<string, unknown>): unknown {
  const [name, ...keys] = path.split(".");
  if (!saved.has(name!)) throw new Error(`nothing was saved as ${name}`);
  return keys.reduce((value, key) => (value as Record<string, unknown>)?.[key], saved.get(name!));
}

function nest(key: string, levels: number, value: unknown): unknown {
  return levels === 0 ? value : { [key]: nest(key, levels - 1, value) };
}

function vector({ dimension, seed }: Vector): number[] {
  let x = seed;
  return Array.from({ length: dimension }, () => {
    x = (x * 16_807) % 2_147_483_647;
    return ((x % 2_001) - 1_000) / 1_024;
  });
}

function ids({ count, prefix, start = 0 }: Ids): string[] {
  return Array.from({ length: count }, (_, at) => prefix + String(start + at).padStart(6, "0"));
}

function records({ dimension, seed, ...of }: Ids & Vector): object[] {
  const { start = 0 } = of;
  return ids(of).map((id, at) => {
    const position = start + at;
    return { id, vector: vector({ dimension, seed: seed + position }), metadata: { n: position } };
  });
}
