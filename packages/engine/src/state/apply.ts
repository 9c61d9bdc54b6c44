import { assert } from "../errors.js";
import type {
  DeleteEntry,
  ExpireEntry,
  LogEntry,
  RecordVersion,
  RestoreEntry,
  SoftDeleteEntry,
  StoredRecord,
  UpsertEntry,
} from "../gen/vecstore/storage/v1/log.js";
import { WriteMode } from "../gen/vecstore/storage/v1/log.js";
import type { Moment } from "../segment/moment.js";
import type { Segment } from "../segment/segment.js";
import { encodeSparse } from "../sparse/codec.js";
import { bytesToVector, isZeroVector } from "./bytes.js";
import type { Location, NamespaceState } from "./namespace-state.js";
import { applied, type Outcome, type Rejected, rejected } from "./outcome.js";
import { refuseByCount } from "./quotas.js";
import { countVectorTime } from "./vector-time.js";

/**
 * Applies one entry of the log to a namespace: the only writer of logical state. Live writes and recovery both pass
 * through here, in log order, so that the same log gives the same state and the same outcomes everywhere.
 * Reads no clock: time is the entry's, and a record whose time has passed by then counts as absent. Reads of
 * the disk nothing but vectors that a checkpoint put there, which the writer of a restore has read before.
 *
 * @param entry     any entry of this namespace, save `restoreSnapshot`, which needs its files (`applySnapshot`)
 * @param sequence  the entry's namespace sequence, above all before it
 */
export function applyEntry(state: NamespaceState, entry: LogEntry, sequence: number): Outcome {
  assert(sequence > state.sequence, `sequence ${sequence} after ${state.sequence}`);
  const timeMs = Math.max(state.timeMs, Number(entry.timeMs));
  countVectorTime(state, timeMs);
  const outcome = applyOperation(state, entry, { sequence, nowMs: timeMs });
  if (isNewWrite(entry, outcome, sequence)) state.writesTotal++;
  state.sequence = sequence;
  state.timeMs = timeMs;
  return outcome;
}

/** Takes note of an entry that was refused before it was looked at: it has a sequence and a time as any other. */
export function applyRefusal(state: NamespaceState, entry: LogEntry, sequence: number, refused: Rejected): Rejected {
  state.sequence = sequence;
  state.timeMs = Math.max(state.timeMs, Number(entry.timeMs));
  return refused;
}

/** A write with a key that was seen before has the outcome, and the sequence, of the first one. */
function isNewWrite({ operation }: LogEntry, outcome: Outcome, sequence: number): boolean {
  return outcome.kind === "applied" && outcome.sequence === sequence && operation?.$case !== "expire";
}

function applyOperation(state: NamespaceState, entry: LogEntry, at: Moment): Outcome {
  const refused = refuseByStatus(state);
  if (refused !== undefined) return refused;
  const operation = entry.operation;
  switch (operation?.$case) {
    case "upsert":
      return applyKeyed(state, operation.value, at);
    case "delete":
      return applyDelete(state, operation.value, at);
    case "softDelete":
      return applySoftDelete(state, operation.value, at);
    case "restore":
      return applyRestore(state, operation.value, at);
    case "expire":
      return applyExpire(state, operation.value, at);
    default:
      return rejected("INTERNAL", `entry ${at.sequence} holds no operation this version knows`);
  }
}

/** A namespace as far as its status matters. */
export type Guarded = Pick<NamespaceState, "status"> & { readonly context: { readonly name: string } };

/** Says why the namespace takes no reads now, or undefined. Read-only ones do. */
export function refuseReads(state: Guarded): Rejected | undefined {
  return state.status === "read_only" ? undefined : refuseByStatus(state);
}

/** Says why the namespace takes no writes now, or undefined. Restored snapshots, which are not applied here, ask it too. */
export function refuseByStatus(state: Guarded): Rejected | undefined {
  const name = state.context.name;
  switch (state.status) {
    case "active":
      return undefined;
    case "read_only":
      return rejected(
        "NAMESPACE_READ_ONLY",
        `namespace ${JSON.stringify(name)} is read-only; no write is allowed until an admin makes it active`,
        {
          namespace: name,
        },
      );
    case "suspended":
      return rejected(
        "NAMESPACE_SUSPENDED",
        `namespace ${JSON.stringify(name)} is suspended; it takes no requests until an admin makes it active`,
        {
          namespace: name,
        },
      );
    case "pending_deletion":
      return rejected("NAMESPACE_NOT_FOUND", `namespace ${JSON.stringify(name)} is being deleted`, { namespace: name });
  }
}

function applyKeyed(state: NamespaceState, entry: UpsertEntry, at: Moment): Outcome {
  const { idempotencyKey: key, fingerprint } = entry;
  if (key === "") return applyUpsert(state, entry, at);
  const known = state.idempotency.find(key, fingerprint, at.nowMs);
  if (known !== undefined) return known;
  const outcome = applyUpsert(state, entry, at);
  // What a quota refused may be sent again once there is room.
  if (outcome.kind === "rejected" && outcome.reason === "QUOTA_EXCEEDED") return outcome;
  state.idempotency.record(key, fingerprint, at.nowMs, at.sequence, outcome);
  return outcome;
}

function applyUpsert(state: NamespaceState, entry: UpsertEntry, at: Moment): Outcome {
  const first = entry.records.find(({ vector }) => vector.length > 0);
  const dimension = state.dimension === 0 ? (first?.vector.length ?? 0) / 4 : state.dimension;
  for (const record of entry.records) {
    const refused = refuseRecord(state, record, entry.mode, dimension, at.nowMs);
    if (refused !== undefined) return refused;
  }
  const full = refuseByCount(state, entry.records, at.nowMs);
  if (full !== undefined) return full;
  state.dimension = dimension;
  let inserted = 0;
  for (const record of entry.records) if (writeRecord(state, record, at)) inserted++;
  return applied(at.sequence, entry.records.length, inserted);
}

/**
 * Says why a record cannot be written into the state as it is now, or undefined. Apply decides by it in log order;
 * a writer may ask it early to refuse what cannot succeed, never to accept.
 *
 * @param dimension  what the vector must have, if the record has one
 * @param nowMs      records that have expired by then count as absent
 */
export function refuseRecord(
  state: NamespaceState,
  record: StoredRecord,
  mode: WriteMode,
  dimension: number,
  nowMs: number,
): Rejected | undefined {
  if (record.vector.length === 0) return refuseByVersion(state, record, mode, nowMs);
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
  const { maxDimension } = state.quotas;
  if (maxDimension !== undefined && dimension > maxDimension) {
    const message = `vector of record ${id} has ${dimension} dimensions; namespace ${JSON.stringify(namespace)} takes at most ${maxDimension} (max_dimension)`;
    const facts = {
      id: record.id,
      got: String(dimension),
      limit: String(maxDimension),
      quota: "max_dimension",
      namespace,
    };
    return rejected("DIMENSION_OUT_OF_RANGE", message, facts);
  }
  if (state.context.metric === "cosine" && isZeroVector(record.vector)) {
    return rejected("ZERO_VECTOR", `vector of record ${id} is all zeros, which has no direction under cosine`, {
      id: record.id,
    });
  }
  return refuseByVersion(state, record, mode, nowMs);
}

function refuseByVersion(
  state: NamespaceState,
  record: StoredRecord,
  mode: WriteMode,
  nowMs: number,
): Rejected | undefined {
  if (mode === WriteMode.UPSERT && record.ifVersion === undefined) return undefined;
  const id = JSON.stringify(record.id);
  const version = liveVersion(state, record.id, nowMs);
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

/** Version of the record with this id that is visible at `nowMs`, 0 when there is none. */
export function liveVersion(state: NamespaceState, id: string, nowMs: number): number {
  const found = state.locate(id);
  if (found === undefined || !found.segment.isLive(found.slot, nowMs)) return 0;
  return found.segment.versionOf(found.slot);
}

/** Returns true when the id was not visible before. */
function writeRecord(state: NamespaceState, record: StoredRecord, { sequence, nowMs }: Moment): boolean {
  const old = state.locate(record.id);
  const wasLive = old?.segment.isLive(old.slot, nowMs) ?? false;
  if (old !== undefined) remove(old, sequence);
  const { id, metadata, text } = record;
  const vector = bytesToVector(record.vector);
  const sparse = record.sparse && encodeSparse(record.sparse);
  const expiresAtMs = Number(record.expiresAtMs ?? 0n);
  state.writable(vector.length).append({ id, vector, metadata, text, sparse, version: sequence, expiresAtMs });
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

function applyDelete(state: NamespaceState, entry: DeleteEntry, { sequence, nowMs }: Moment): Outcome {
  let affected = 0;
  for (const found of targetsOf(state, entry, isKept, nowMs)) {
    // What has expired goes too, and is not counted: for the caller it was not there.
    const counts = !found.segment.expiry.isExpired(found.slot, nowMs);
    if (remove(found, sequence) && counts) affected++;
  }
  return applied(sequence, affected);
}

function applySoftDelete(state: NamespaceState, entry: SoftDeleteEntry, { sequence, nowMs }: Moment): Outcome {
  let affected = 0;
  for (const { segment, slot } of targetsOf(state, entry, isLive, nowMs)) {
    segment.kill(slot, sequence, true);
    affected++;
  }
  return applied(sequence, affected);
}

/** Soft-deleted records go as well: their time was a promise, and they must not come back after it. */
function applyExpire(state: NamespaceState, { untilMs }: ExpireEntry, { sequence }: Moment): Outcome {
  let affected = 0;
  for (const segment of state.segments) {
    for (const slot of segment.expiry.takeDue(Number(untilMs))) if (remove({ segment, slot }, sequence)) affected++;
  }
  return applied(sequence, affected);
}

function applyRestore(state: NamespaceState, entry: RestoreEntry, { sequence, nowMs }: Moment): Outcome {
  // Collected first: bringing a record back appends a slot, which must not be met again.
  const hidden = [...targetsOf(state, entry, isHidden, nowMs)];
  let affected = 0;
  for (const { segment, slot } of hidden) {
    // An id that the entry names twice was collected twice.
    if (!segment.isSoft(slot)) continue;
    segment.harden(slot);
    const metadata = segment.metadataBytesOf(slot).slice();
    const text = segment.textOf(slot);
    const vector = segment.vectorOf(slot);
    const sparse = segment.sparseBytesOf(slot).slice();
    const expiresAtMs = segment.expiry.of(slot);
    const record = { id: segment.idOf(slot), vector, metadata, text, sparse, version: sequence, expiresAtMs };
    state.writable(vector.length).append(record);
    affected++;
  }
  return applied(sequence, affected);
}

type SlotTest = (segment: Segment, slot: number, nowMs: number) => boolean;
const isLive: SlotTest = (segment, slot, nowMs) => segment.isLive(slot, nowMs);
const isHidden: SlotTest = (segment, slot, nowMs) => segment.isHidden(slot, nowMs);
/** Not dead for good, whether its time has passed or not. */
const isKept: SlotTest = (segment, slot) => segment.deathOf(slot) === 0 || segment.isSoft(slot);

/** The slots an entry is about and that pass `test`; a target whose version moved on is left out. */
function* targetsOf(
  state: NamespaceState,
  entry: { readonly targets: readonly RecordVersion[]; readonly all: boolean },
  test: SlotTest,
  nowMs: number,
): Generator<Location> {
  if (entry.all) {
    for (const segment of state.segments) {
      const count = segment.count;
      for (let slot = 0; slot < count; slot++) if (test(segment, slot, nowMs)) yield { segment, slot };
    }
    return;
  }
  for (const { id, version } of entry.targets) {
    const found = state.locate(id);
    if (found === undefined || !test(found.segment, found.slot, nowMs)) continue;
    if (version !== undefined && found.segment.versionOf(found.slot) !== Number(version)) continue;
    yield found;
  }
}
