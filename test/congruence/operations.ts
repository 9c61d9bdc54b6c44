import type { RecordInput, RecordUpdate, WriteMode } from "@vecstore/engine";
import fc from "fast-check";
import { FILTERS } from "./filters.js";
import type { ModelTarget } from "./model.js";
import { idOf, metadataOf, sparseOf, vectorOf } from "./random.js";

/** Ids that operations choose from. */
const IDS = 240;

/** Which version a write requires, by what the model holds when it is run. */
export type Requirement = "none" | "present" | "absent" | "wrong";

/** A record of an upsert before its requirement is known. */
export interface RecordSketch {
  readonly n: number;
  readonly vector: number;
  readonly requires: Requirement;
  readonly livesMs: number | undefined;
}

/** A write of many records. */
export interface Bulk {
  readonly from: number;
  readonly count: number;
  readonly vector: number;
  readonly livesMs: number | undefined;
}

/** An update whose time, where it gets one, is counted from when it is run. */
export interface UpdateSketch extends Omit<RecordUpdate, "expiresAtMs"> {
  readonly n: number;
  readonly livesMs?: number | null;
}

/** A step of a run. */
export type Step =
  | { readonly kind: "upsert"; readonly mode: WriteMode; readonly records: readonly RecordSketch[] }
  | ({ readonly kind: "bulk" } & Bulk)
  | { readonly kind: "update"; readonly updates: readonly UpdateSketch[] }
  | { readonly kind: "delete" | "softDelete" | "restore"; readonly target: ModelTarget }
  | { readonly kind: "snapshot" | "restoreSnapshot" | "deleteSnapshot"; readonly name: string }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "compact" | "checkpoint" | "settle" | "reopen" | "crash" };

const n = fc.nat(IDS - 1);
/** Few enough that equal vectors, and so ties, occur. */
const vector = fc.nat(300);
const requires = fc.constantFrom<Requirement>(
  "none",
  "none",
  "none",
  "none",
  "none",
  "none",
  "present",
  "absent",
  "wrong",
);
/** From when it is written to when it expires; 0 and less: it has expired already. A run passes some minutes. */
const livesMs = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0, 1, 500, 2_000, 2_001, 40_000, 300_000) },
);
const records = fc.uniqueArray(fc.record({ n, vector, requires, livesMs }), {
  selector: (one) => one.n,
  minLength: 1,
  maxLength: 12,
});
const upsert = fc.record({
  kind: fc.constant("upsert" as const),
  mode: fc.constantFrom<WriteMode>("upsert", "upsert", "upsert", "insert_only", "update_only"),
  records,
});
const bulk = fc.record({
  kind: fc.constant("bulk" as const),
  from: n,
  count: fc.integer({ min: 20, max: 120 }),
  vector,
  livesMs,
});
const change = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map((extra) => ({ mergeMetadata: { extra, color: null } })),
  fc.nat(50).map((value) => ({ replaceMetadata: { n: value } })),
  fc.constantFrom("new text", "", null).map((text) => ({ text })),
  fc.constantFrom(-5, 1_000, 60_000, null).map((livesMs) => ({ livesMs })),
);
const updates = fc
  .uniqueArray(fc.tuple(n, change), { selector: ([one]) => one, minLength: 1, maxLength: 4 })
  .map((list) => ({
    kind: "update" as const,
    updates: list.map(([one, what]) => ({ n: one, id: idOf(one), ...what })),
  }));
const target = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(n, { minLength: 1, maxLength: 20 }).map((list): ModelTarget => ({ ids: list.map(idOf) })),
  },
  { weight: 4, arbitrary: fc.constantFrom(...FILTERS).map((filter): ModelTarget => ({ filter })) },
  { weight: 1, arbitrary: fc.constant<ModelTarget>({ all: true }) },
);
const targets = fc.record({
  kind: fc.constantFrom("delete" as const, "softDelete" as const, "restore" as const, "restore" as const),
  target,
});
const snapshots = fc.record({
  kind: fc.constantFrom(
    "snapshot" as const,
    "snapshot" as const,
    "restoreSnapshot" as const,
    "deleteSnapshot" as const,
  ),
  name: fc.constantFrom("one", "two"),
});
const maintenance = fc
  .constantFrom("compact" as const, "checkpoint" as const, "settle" as const, "reopen" as const, "crash" as const)
  .map((kind) => ({ kind }));

const pass = fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1, 499, 1_500, 2_000, 30_000) });

/** Any step, weighted so that stores grow, shrink and are reorganized. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: upsert },
  { weight: 4, arbitrary: bulk },
  { weight: 2, arbitrary: updates },
  { weight: 3, arbitrary: targets },
  { weight: 2, arbitrary: snapshots },
  { weight: 3, arbitrary: maintenance },
  { weight: 2, arbitrary: pass },
);

/** The record with this number, and with the vectors of another: one in eleven has no dense vector. */
export function recordOf(number: number, vectorNumber: number, ifVersion?: number, expiresAtMs?: number): RecordInput {
  const vector = vectorNumber % 11 === 0 ? undefined : vectorOf(vectorNumber);
  const sparse = vectorNumber % 4 === 0 ? sparseOf(vectorNumber) : undefined;
  const hasText = number % 3 === 0 || (vector === undefined && sparse === undefined);
  const text = hasText ? `text ${vectorNumber}` : undefined;
  return { id: idOf(number), vector, sparse, metadata: metadataOf(number), text, ifVersion, expiresAtMs };
}

/**
 * The records of a bulk write: the numbers go round.
 *
 * @param scale  makes the write and the range of its ids so many times larger
 * @param nowMs  every second record expires `livesMs` later
 */
export function bulkOf({ from, count, vector, livesMs }: Bulk, scale: number, nowMs: number): RecordInput[] {
  const number = (i: number) => (from * scale + i) % (IDS * scale);
  const time = (i: number) => (livesMs === undefined || i % 2 === 0 ? undefined : nowMs + livesMs);
  return Array.from({ length: count * scale }, (_, i) =>
    recordOf(number(i), (vector + 3 * i) % (300 * scale), undefined, time(i)),
  );
}
