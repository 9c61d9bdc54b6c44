import type { Core } from "../core/core.js";
import { type LogEntry, type StoredRecord, WriteMode } from "../gen/vecstore/storage/v1/log.js";
import { encodeUtf8 } from "../metadata/utf8.js";
import { applyEntry } from "./apply.js";
import { vectorToBytes } from "./bytes.js";
import { type NamespaceContext, NamespaceState } from "./namespace-state.js";
import type { Outcome } from "./outcome.js";

/** An empty namespace of two dimensions, not yet fixed, without graphs unless the options say otherwise. */
export function createState(core: Core, options: Partial<NamespaceContext> = {}): NamespaceState {
  const context: NamespaceContext = {
    number: 1,
    name: "docs",
    metric: "cosine",
    m: 8,
    efConstruction: 40,
    quantization: "int8",
    textAnalyzer: "standard",
    core,
    graphRecordsMin: 10_000,
    segmentRecordsMax: 10_000,
    randomSeed: () => 7,
    ...options,
  };
  return new NamespaceState(context, 0);
}

/** What a test says of a record; the rest has a default. */
export interface RecordSketch {
  readonly id: string;
  /** Empty: none. */
  readonly vector?: readonly number[];
  /** The one component of its sparse vector. */
  readonly sparse?: number;
  readonly metadata?: object;
  readonly text?: string;
  readonly ifVersion?: number;
  readonly expiresAtMs?: number;
}

/** A record as it is logged. */
export function stored(record: RecordSketch): StoredRecord {
  const { id, vector = [1, 2], sparse, metadata, text, ifVersion, expiresAtMs } = record;
  return {
    id,
    vector: vectorToBytes(Float32Array.from(vector)),
    sparse: sparse === undefined ? undefined : { indices: [sparse], values: [0.5] },
    metadata: metadata === undefined ? new Uint8Array() : encodeUtf8(JSON.stringify(metadata)),
    text,
    ifVersion: ifVersion === undefined ? undefined : BigInt(ifVersion),
    expiresAtMs: expiresAtMs === undefined ? undefined : BigInt(expiresAtMs),
  };
}

/** What an upsert carries besides its records. */
export interface UpsertSketch {
  readonly mode?: WriteMode;
  readonly key?: string;
  readonly fingerprint?: number;
}

/** An upsert as it is logged. */
export function upsert(records: readonly RecordSketch[], options: UpsertSketch = {}): LogEntry["operation"] {
  const { mode = WriteMode.UPSERT, key = "", fingerprint = 0 } = options;
  const value = { records: records.map(stored), mode, idempotencyKey: key, fingerprint: BigInt(fingerprint) };
  return { $case: "upsert", value };
}

/** A delete, soft delete or restore as it is logged. */
export function target(
  kind: "delete" | "softDelete" | "restore",
  targets: readonly (string | { readonly id: string; readonly version: number })[] | "all",
): LogEntry["operation"] {
  if (targets === "all") return { $case: kind, value: { targets: [], all: true } };
  const list = targets.map((one) =>
    typeof one === "string" ? { id: one, version: undefined } : { id: one.id, version: BigInt(one.version) },
  );
  return { $case: kind, value: { targets: list, all: false } };
}

/** The removal of what has expired, as it is logged. */
export function expire(untilMs: number): LogEntry["operation"] {
  return { $case: "expire", value: { untilMs: BigInt(untilMs) } };
}

/** Applies an operation as the next entry of the namespace's log. */
export function apply(state: NamespaceState, operation: LogEntry["operation"], timeMs = 1_000): Outcome {
  return applyEntry(state, { timeMs: BigInt(timeMs), operation }, state.sequence + 1);
}

/** "ok" and what it counted, or the reason of the rejection. */
export function brief(outcome: Outcome): string {
  if (outcome.kind === "rejected") return outcome.reason;
  return `ok ${outcome.affected} ${outcome.inserted} @${outcome.sequence}`;
}

/** The logical state: what a replay of the same log must give again, whatever the segments are. */
export function logicalState(state: NamespaceState): object {
  const records: Record<string, unknown> = {};
  for (const segment of state.segments) {
    for (let slot = 0; slot < segment.count; slot++) {
      if (segment.deathOf(slot) !== 0 && !segment.isSoft(slot)) continue;
      const id = segment.idOf(slot);
      if (id in records) throw new Error(`${id} is there twice`);
      records[id] = {
        version: segment.versionOf(slot),
        hiddenAt: segment.deathOf(slot),
        vector: [...segment.vectorOf(slot)],
        metadata: segment.metadataOf(slot),
        text: segment.textOf(slot),
        sparse: segment.sparseOf(slot),
        expiresAtMs: segment.expiry.of(slot),
      };
    }
  }
  const { sequence, timeMs, dimension, incarnation, liveCount, softCount, idempotency } = state;
  const sorted = Object.fromEntries(Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    sequence,
    timeMs,
    dimension,
    incarnation,
    liveCount,
    softCount,
    idempotency: idempotency.toManifest(),
    records: sorted,
  };
}
