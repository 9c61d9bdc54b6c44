import { assert } from "../errors.js";
import type {
  DeleteEntry,
  LogEntry,
  RecordVersion,
  RestoreEntry,
  SoftDeleteEntry,
  StoredRecord,
  UpsertEntry,
} from "../gen/vecstore/storage/v1/log.js";
import { WriteMode } from "../gen/vecstore/storage/v1/log.js";
import type { Segment } from "../segment/segment.js";
import { encodeSparse } from "../sparse/codec.js";
import { bytesToVector, isZeroVector } from "./bytes.js";
import type { Location, NamespaceState } from "./namespace-state.js";
import { applied, type Outcome, type Rejected, rejected } from "./outcome.js";

/**
 * Applies one entry of the log to a namespace: the only writer of logical state. Live writes and recovery both pass
 * through here, in log order, so that the same log gives the same state and the same outcomes everywhere.
 * Reads no clock, time is the entry's; and of the disk nothing but vectors that a checkpoint put there, which the writer of a
 * restore has read before.
 *
 * @param entry     any entry of this namespace, save `restoreSnapshot`, which needs its files (`applySnapshot`)
 * @param sequence  the entry's namespace sequence, above all before it
 */
export function applyEntry(state: NamespaceState, entry: LogEntry, sequence: number): Outcome {
  assert(sequence > state.sequence, `sequence ${sequence} after ${state.sequence}`);
  const timeMs = Math.max(state.timeMs, Number(entry.timeMs));
  const outcome = applyOperation(state, entry, sequence, timeMs);
  state.sequence = sequence;
  state.timeMs = timeMs;
  return outcome;
}

function applyOperation(state: NamespaceState, entry: LogEntry, sequence: number, timeMs: number): Outcome {
  const refused = refuseByStatus(state);
  if (refused !== undefined) return refused;
  const operation = entry.operation;
  switch (operation?.$case) {
    case "upsert":
      return applyKeyed(state, operation.value, sequence, timeMs);
    case "delete":
      return applyDelete(state, operation.value, sequence);
    case "softDelete":
      return applySoftDelete(state, operation.value, sequence);
    case "restore":
      return applyRestore(state, operation.value, sequence);
    default:
      return rejected("INTERNAL", `entry ${sequence} holds no operation this version knows`);
  }
}

/** Says why the namespace takes no writes now, or undefined. Restored snapshots, which are not applied here, ask it too. */
export function refuseByStatus(state: NamespaceState): Rejected | undefined {
  const name = state.context.name;
  switch (state.status) {
    case "active":
      return undefined;
    case "read_only":
      return rejected("NAMESPACE_READ_ONLY", `namespace ${JSON.stringify(name)} is read-only; no write is allowed`);
    case "suspended":
      return rejected("NAMESPACE_SUSPENDED", `namespace ${JSON.stringify(name)} is suspended`);
    case "pending_deletion":
      return rejected("NAMESPACE_NOT_FOUND", `namespace ${JSON.stringify(name)} is being deleted`);
  }
}

function applyKeyed(state: NamespaceState, entry: UpsertEntry, sequence: number, timeMs: number): Outcome {
  const { idempotencyKey: key, fingerprint } = entry;
  if (key === "") return applyUpsert(state, entry, sequence);
  const known = state.idempotency.find(key, fingerprint, timeMs);
  if (known !== undefined) return known;
  const outcome = applyUpsert(state, entry, sequence);
  state.idempotency.record(key, fingerprint, timeMs, sequence, outcome);
  return outcome;
}

function applyUpsert(state: NamespaceState, entry: UpsertEntry, sequence: number): Outcome {
  const first = entry.records.find(({ vector }) => vector.length > 0);
  const dimension = state.dimension === 0 ? (first?.vector.length ?? 0) / 4 : state.dimension;
  for (const record of entry.records) {
    const refused = refuseRecord(state, record, entry.mode, dimension);
    if (refused !== undefined) return refused;
  }
  state.dimension = dimension;
  let inserted = 0;
  for (const record of entry.records) if (writeRecord(state, record, sequence)) inserted++;
  return applied(sequence, entry.records.length, inserted);
}

/**
 * Says why a record cannot be written into the state as it is now, or undefined. Apply decides by it in log order;
 * a writer may ask it early to refuse what cannot succeed, never to accept.
 *
 * @param dimension  what the vector must have, if the record has one
 */
export function refuseRecord(
  state: NamespaceState,
  record: StoredRecord,
  mode: WriteMode,
  dimension: number,
): Rejected | undefined {
  if (record.vector.length === 0) return refuseByVersion(state, record, mode);
  const id = JSON.stringify(record.id);
  const namespace = state.context.name;
  if (record.vector.length !== dimension * 4) {
    const got = record.vector.length / 4;
    return rejected(
      "DIMENSION_MISMATCH",
      `vector of record ${id} has ${got} dimensions; namespace ${JSON.stringify(namespace)} expects ${dimension}`,
      { id: record.id, got: String(got), expected: String(dimension), namespace },
    );
  }
  if (state.context.metric === "cosine" && isZeroVector(record.vector)) {
    return rejected("ZERO_VECTOR", `vector of record ${id} is all zeros, which has no direction under cosine`, {
      id: record.id,
    });
  }
  return refuseByVersion(state, record, mode);
}

function refuseByVersion(state: NamespaceState, record: StoredRecord, mode: WriteMode): Rejected | undefined {
  if (mode === WriteMode.UPSERT && record.ifVersion === undefined) return undefined;
  const id = JSON.stringify(record.id);
  const version = liveVersion(state, record.id);
  if (mode === WriteMode.INSERT_ONLY && version !== 0) {
    const message = `record ${id} exists already at version ${version}; mode insert_only only writes new ids`;
    return rejected("RECORD_EXISTS", message, { id: record.id, version: String(version) });
  }
  if (mode === WriteMode.UPDATE_ONLY && version === 0) {
    return rejected("RECORD_NOT_FOUND", `record ${id} does not exist; mode update_only only writes existing ids`, {
      id: record.id,
    });
  }
  const expected = record.ifVersion;
  if (expected === undefined || Number(expected) === version) return undefined;
  const found = version === 0 ? "is absent" : `has version ${version}`;
  const message = `record ${id} ${found}; the write requires ${expected === 0n ? "that it is absent" : `version ${expected}`}; read it again and retry`;
  return rejected("VERSION_CONFLICT", message, { id: record.id, version: String(version), expected: String(expected) });
}

/** Version of the visible record with this id, 0 when there is none. */
export function liveVersion(state: NamespaceState, id: string): number {
  const found = state.locate(id);
  if (found === undefined || found.segment.deathOf(found.slot) !== 0) return 0;
  return found.segment.versionOf(found.slot);
}

/** Returns true when the id was not visible before. */
function writeRecord(state: NamespaceState, record: StoredRecord, sequence: number): boolean {
  const old = state.locate(record.id);
  const wasLive = old !== undefined && old.segment.deathOf(old.slot) === 0;
  if (old !== undefined) remove(old, sequence);
  const { id, metadata, text } = record;
  const vector = bytesToVector(record.vector);
  const sparse = record.sparse && encodeSparse(record.sparse);
  state.writable(vector.length).append({ id, vector, metadata, text, sparse, version: sequence });
  return !wasLive;
}

/** Makes a slot dead for good; true when it was alive or soft-deleted before. */
function remove({ segment, slot }: Location, sequence: number): boolean {
  if (segment.deathOf(slot) === 0) {
    segment.kill(slot, sequence, false);
    return true;
  }
  if (!segment.isSoft(slot)) return false;
  segment.harden(slot);
  return true;
}

function applyDelete(state: NamespaceState, entry: DeleteEntry, sequence: number): Outcome {
  let affected = 0;
  for (const found of targetsOf(state, entry, isLiveOrSoft)) if (remove(found, sequence)) affected++;
  return applied(sequence, affected);
}

function applySoftDelete(state: NamespaceState, entry: SoftDeleteEntry, sequence: number): Outcome {
  let affected = 0;
  for (const { segment, slot } of targetsOf(state, entry, isLive)) {
    segment.kill(slot, sequence, true);
    affected++;
  }
  return applied(sequence, affected);
}

function applyRestore(state: NamespaceState, entry: RestoreEntry, sequence: number): Outcome {
  // Collected first: bringing a record back appends a slot, which must not be met again.
  const hidden = [...targetsOf(state, entry, isSoft)];
  let affected = 0;
  for (const { segment, slot } of hidden) {
    // An id that the entry names twice was collected twice.
    if (!segment.isSoft(slot)) continue;
    segment.harden(slot);
    const metadata = segment.metadataBytesOf(slot).slice();
    const text = segment.textOf(slot);
    const vector = segment.vectorOf(slot);
    const sparse = segment.sparseBytesOf(slot).slice();
    const record = { id: segment.idOf(slot), vector, metadata, text, sparse, version: sequence };
    state.writable(vector.length).append(record);
    affected++;
  }
  return applied(sequence, affected);
}

type SlotTest = (segment: Segment, slot: number) => boolean;
const isLive: SlotTest = (segment, slot) => segment.deathOf(slot) === 0;
const isSoft: SlotTest = (segment, slot) => segment.deathOf(slot) !== 0 && segment.isSoft(slot);
const isLiveOrSoft: SlotTest = (segment, slot) => segment.deathOf(slot) === 0 || segment.isSoft(slot);

/** The slots an entry is about and that pass `test`; a target whose version moved on is left out. */
function* targetsOf(
  state: NamespaceState,
  entry: { readonly targets: readonly RecordVersion[]; readonly all: boolean },
  test: SlotTest,
): Generator<Location> {
  if (entry.all) {
    for (const segment of state.segments) {
      const count = segment.count;
      for (let slot = 0; slot < count; slot++) if (test(segment, slot)) yield { segment, slot };
    }
    return;
  }
  for (const { id, version } of entry.targets) {
    const found = state.locate(id);
    if (found === undefined || !test(found.segment, found.slot)) continue;
    if (version !== undefined && found.segment.versionOf(found.slot) !== Number(version)) continue;
    yield found;
  }
}
