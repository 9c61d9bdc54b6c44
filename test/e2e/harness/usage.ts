import type { JsonObject } from "@bufbuild/protobuf";
import type { CallOptions } from "./doors.js";
import type { Target } from "./http.js";
import { ask } from "./server.js";

/** One namespace of an export, as numbers. */
export interface ReadUsage {
  /** A counter or gauge of the message Usage, 0 when it is left out. */
  of(field: string): number;
  readonly vectorMs: bigint;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Reads the usage of a namespace by ExportUsage. @throws Error when it is not among those of the first page */
export async function readUsage(target: Target, name: string, options?: CallOptions): Promise<ReadUsage> {
  const { usages } = await ask(target, "NamespaceService.ExportUsage", { pageSize: 1_000 }, options);
  const found = (usages as JsonObject[]).find((each) => each.name === name);
  if (found === undefined) throw new Error(`no usage of ${name}`);
  const usage = found.usage as Readonly<Record<string, string | number | undefined>>;
  const seconds = BigInt(usage.vector_seconds_total ?? 0);
  return {
    of: (field) => Number(usage[field] ?? 0),
    vectorMs: seconds * 1_000n + BigInt(usage.vector_milliseconds_rest ?? 0),
    sinceMs: Date.parse(found.counted_since as string),
    untilMs: Date.parse(found.counted_until as string),
  };
}
