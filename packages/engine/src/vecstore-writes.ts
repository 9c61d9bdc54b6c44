import { holdBack } from "./directory/backpressure.js";
import type { DataDirectory } from "./directory/data-directory.js";
import { Mutex } from "./directory/mutex.js";
import type { OpenNamespace } from "./directory/open-namespace.js";
import { upsertEach } from "./directory/upsert-each.js";
import { VecstoreError } from "./errors.js";
import { type RecordVersion, type StoredRecord, UpsertEntry, WriteMode } from "./gen/vecstore/storage/v1/log.js";
import { encodeMetadata, mergeMetadata } from "./metadata/codec.js";
import { describeValue, quoteValue } from "./metadata/describe.js";
import { validateId } from "./metadata/validate-id.js";
import { validateText } from "./metadata/validate-text.js";
import type { RecordInput } from "./model/record.js";
import type {
  AffectedResult,
  RecordUpdate,
  Target,
  UpdateResult,
  UpsertEachOptions,
  UpsertEachResult,
  UpsertEachRow,
  UpsertOptions,
  UpsertResult,
} from "./model/write.js";
import { assertBounds } from "./query/assert-bounds.js";
import { assertOptions } from "./query/assert-request.js";
import { readHiddenVectors } from "./query/hidden-vectors.js";
import { type Bounds, Pace } from "./query/pace.js";
import { readFilter, validateVector } from "./query/validate.js";
import { View } from "./query/view.js";
import { walkHidden, walkMatches } from "./query/walk.js";
import { liveVersion, refuseRecord } from "./state/apply.js";
import { vectorToBytes } from "./state/bytes.js";
import type { NamespaceState } from "./state/namespace-state.js";
import { type Applied, appliedOrThrow } from "./state/outcome.js";
import { refuseByCount } from "./state/quotas.js";
import {
  assertObjects,
  emptyRecord,
  toStoredRecords,
  validateBatchSize,
  validateExpiry,
  validateIdempotencyKey,
  validateIfVersion,
} from "./state/records.js";

/** How often an update that lost a race is read, merged and tried again; from the second time on, one update at a time. */
const UPDATE_ATTEMPTS = 16;
/** Targets of one entry of a delete by filter: an entry is applied in one turn of the event loop, these in 2 to 3 ms. */
const TARGETS_PER_ENTRY = 1_000;

const MODES = { upsert: WriteMode.UPSERT, insert_only: WriteMode.INSERT_ONLY, update_only: WriteMode.UPDATE_ONLY };

/** What a delete, a soft delete or a restore is logged as. */
export type TargetOperation = "delete" | "softDelete" | "restore";

/** The writes of one namespace: checks, logs, and answers with the outcome. */
export class NamespaceWriter {
  readonly #directory: DataDirectory;
  readonly #namespace: OpenNamespace;
  /** Of updates that lost a race: among themselves each would win once and the others lose again. */
  readonly #retries = new Mutex();

  constructor(directory: DataDirectory, namespace: OpenNamespace) {
    this.#directory = directory;
    this.#namespace = namespace;
  }

  async upsert(records: readonly RecordInput[], options: UpsertOptions): Promise<UpsertResult> {
    assertOptions(options, "upsert");
    assertBounds(options);
    throwIfAborted(options.signal);
    const mode = modeOf(options.mode);
    const idempotencyKey = validateIdempotencyKey(options.idempotencyKey);
    assertBatchQuota(this.#namespace.state, records);
    const stored = this.#toStored(records);
    const entry: UpsertEntry = { records: stored, mode, idempotencyKey, fingerprint: 0n };
    if (idempotencyKey !== "") entry.fingerprint = this.#fingerprint(entry);
    else this.#refuseEarly(stored, mode);
    await holdBack(this.#namespace);
    throwIfAborted(options.signal);
    const { affected, inserted, sequence } = await this.#write({ $case: "upsert", value: entry });
    return { upserted: affected, inserted, sequence, versions: records.map(() => sequence) };
  }

  /** As `VecStore.upsertEach`. */
  async upsertEach(rows: readonly UpsertEachRow[], options: UpsertEachOptions): Promise<UpsertEachResult> {
    assertOptions(options, "upsertEach");
    assertBounds(options);
    validateIfVersion(options.since, "since");
    assertObjects(rows, "rows");
    return upsertEach(this.#directory, this.#namespace, rows, modeOf(options.mode), options);
  }

  async update(updates: readonly RecordUpdate[], options: Pick<UpsertOptions, "signal">): Promise<UpdateResult> {
    assertOptions(options, "update");
    assertBounds(options);
    const { signal } = options;
    const max = this.#directory.settings.maxBatchRecords;
    assertObjects(updates, "updates");
    validateBatchSize(updates.length, max, "updates");
    assertBatchQuota(this.#namespace.state, updates);
    updates.forEach(validateUpdate);
    assertDistinct(updates);
    const first = await this.#tryUpdate(updates, signal);
    return first ?? this.#retries.run(() => this.#retryUpdate(updates, signal));
  }

  async #retryUpdate(updates: readonly RecordUpdate[], signal?: AbortSignal): Promise<UpdateResult> {
    for (let attempt = 2; attempt < UPDATE_ATTEMPTS; attempt++) {
      const result = await this.#tryUpdate(updates, signal);
      if (result !== undefined) return result;
    }
    return (await this.#tryUpdate(updates, signal, "last"))!;
  }

  /** Reads, merges and writes once; undefined when another write came between, save for the last attempt. */
  async #tryUpdate(
    updates: readonly RecordUpdate[],
    signal: AbortSignal | undefined,
    attempt: "any" | "last" = "any",
  ): Promise<UpdateResult | undefined> {
    throwIfAborted(signal);
    await holdBack(this.#namespace);
    this.#directory.assertReadable();
    // From here to the append nothing is awaited: what is read is as new as it can be.
    const records = updates.map((update) => this.#merge(update));
    try {
      const value = { records, mode: WriteMode.UPDATE_ONLY, idempotencyKey: "", fingerprint: 0n };
      const { affected, sequence } = await this.#write({ $case: "upsert", value });
      return { updated: affected, sequence, versions: updates.map(() => sequence) };
    } catch (error) {
      if (attempt === "last" || !this.#lostRace(error, updates)) throw error;
      return undefined;
    }
  }

  /** Deletes, hides or brings back records. Ends early before an entry is logged: each is whole or was never written. */
  async target(kind: TargetOperation, target: Target, bounds: Bounds): Promise<AffectedResult> {
    assertOptions(bounds, kind);
    const pace = new Pace(bounds);
    validateTarget(target, this.#directory.settings.maxBatchRecords);
    if (target.all === true) return this.#writeTargets(kind, [], "all", pace);
    if (target.ids !== undefined) {
      const targets = target.ids.map((id, i) => ({ id: validateId(id, `ids[${i}]`), version: undefined }));
      return this.#writeTargets(kind, targets, "targets", pace);
    }
    return this.#writeMatches(kind, await this.#resolve(kind, target, pace), pace);
  }

  #toStored(records: readonly RecordInput[]): StoredRecord[] {
    const { context, dimension } = this.#namespace.state;
    // The first vector of a batch fixes the dimension for the rest of it.
    let expected = dimension;
    return toStoredRecords(records, this.#directory.settings.maxBatchRecords, (input, what) => {
      const vector = validateVector(input, what, {
        namespace: context.name,
        metric: context.metric,
        dimension: expected,
      });
      expected ||= vector.length;
      return vector;
    });
  }

  /** Refuses now what apply would refuse as things stand, without spending a sync; never accepts. */
  #refuseEarly(records: readonly StoredRecord[], mode: WriteMode): void {
    const { state } = this.#namespace;
    const nowMs = this.#directory.nowMs();
    for (const record of records) {
      // The first vector fixes the dimension, when it is applied.
      if (state.dimension === 0 && record.vector.length > 0) continue;
      const refused = refuseRecord(state, record, mode, state.dimension, nowMs);
      if (refused !== undefined) appliedOrThrow(refused);
    }
    const full = refuseByCount(state, records, nowMs);
    if (full !== undefined) appliedOrThrow(full);
  }

  /** Length and crc of the request: tells an accidental reuse of a key from a retry. */
  #fingerprint(entry: UpsertEntry): bigint {
    const bytes = UpsertEntry.encode({ ...entry, idempotencyKey: "", fingerprint: 0n }).finish();
    return (BigInt(bytes.length) << 32n) | BigInt(this.#directory.env.crc32(bytes));
  }

  /** Reads a record, merges the update, and binds the write to the version that was read. */
  #merge(update: RecordUpdate): StoredRecord {
    const { state } = this.#namespace;
    const { id } = update;
    const version = liveVersion(state, id, this.#directory.nowMs());
    const found = version === 0 ? undefined : state.locate(id);
    if (found === undefined) {
      throw new VecstoreError("RECORD_NOT_FOUND", `record ${JSON.stringify(id)} does not exist; upsert it first`, {
        id,
      });
    }
    const { segment, slot } = found;
    const metadata =
      update.replaceMetadata ?? (update.mergeMetadata && mergeMetadata(segment.metadataOf(slot), update.mergeMetadata));
    const text = update.text === undefined ? segment.textOf(slot) : (update.text ?? undefined);
    const sparse = segment.sparseOf(slot);
    if (segment.dimension === 0 && sparse === undefined && text === undefined) throw emptyRecord(id);
    return {
      id,
      vector: vectorToBytes(segment.vectorOf(slot)),
      sparse: sparse && { indices: Array.from(sparse.indices), values: Array.from(sparse.values) },
      metadata: metadata === undefined ? segment.metadataBytesOf(slot).slice() : encodeMetadata(metadata),
      text,
      ifVersion: validateIfVersion(update.ifVersion, "if_version") ?? BigInt(version),
      expiresAtMs: expiryAfter(update, segment.expiry.of(slot)),
    };
  }

  /** True when the write failed only because another came between its read and its apply. */
  #lostRace(error: unknown, updates: readonly RecordUpdate[]): boolean {
    if (!(error instanceof VecstoreError) || error.reason !== "VERSION_CONFLICT") return false;
    const conflicting = updates.find(({ id }) => id === error.details.id);
    return conflicting !== undefined && conflicting.ifVersion === undefined;
  }

  /** The records a filter means now, with the versions it saw. */
  async #resolve(kind: TargetOperation, target: Target, pace: Pace): Promise<RecordVersion[]> {
    const filter = readFilter(target.filter);
    const found: RecordVersion[] = [];
    await this.#withView(async (view) => {
      const walks = kind === "delete" ? [walkMatches, walkHidden] : kind === "restore" ? [walkHidden] : [walkMatches];
      for (const walk of walks) {
        await walk(view, filter, pace, (segment, slot) => {
          found.push({ id: segment.idOf(slot), version: BigInt(segment.versionOf(slot)) });
        });
      }
    });
    return found;
  }

  async #withView(use: (view: View) => Promise<void>): Promise<void> {
    const { state } = this.#namespace;
    const moment = { sequence: state.sequence, nowMs: this.#directory.nowMs() };
    const view = new View(state.segments, moment, state.context.metric);
    try {
      await use(view);
    } finally {
      view.release();
    }
  }

  async #writeMatches(kind: TargetOperation, found: readonly RecordVersion[], pace: Pace): Promise<AffectedResult> {
    let affected = 0;
    let sequence = this.#namespace.state.sequence;
    for (let at = 0; at < found.length; at += TARGETS_PER_ENTRY) {
      const result = await this.#writeTargets(kind, found.slice(at, at + TARGETS_PER_ENTRY), "targets", pace);
      affected += result.affected;
      sequence = result.sequence;
    }
    return { affected, sequence };
  }

  async #writeTargets(
    kind: TargetOperation,
    targets: RecordVersion[],
    scope: "targets" | "all",
    pace: Pace,
  ): Promise<AffectedResult> {
    if (kind === "restore") {
      const ids = scope === "all" ? scope : targets.map(({ id }) => id);
      await this.#withView((view) => readHiddenVectors(view, ids, pace));
    }
    pace.check();
    const value = { targets, all: scope === "all" };
    const { affected, sequence } = await this.#write({ $case: kind, value });
    return { affected, sequence };
  }

  #write(operation: Parameters<DataDirectory["writeOrThrow"]>[1]): Promise<Applied> {
    return this.#directory.writeOrThrow(this.#namespace, operation);
  }
}

/** @throws VecstoreError BATCH_TOO_LARGE */
function assertBatchQuota({ quotas, context }: NamespaceState, records: readonly unknown[]): void {
  const { maxBatchSize } = quotas;
  // What is no array is refused as such, in a moment.
  if (maxBatchSize === undefined || !Array.isArray(records) || records.length <= maxBatchSize) return;
  const { length } = records;
  const namespace = context.name;
  const message = `the batch has ${length} records; namespace ${JSON.stringify(namespace)} takes at most ${maxBatchSize} (max_batch_size); split it`;
  const facts = { namespace, quota: "max_batch_size", got: String(length), limit: String(maxBatchSize) };
  throw new VecstoreError("BATCH_TOO_LARGE", message, facts);
}

function modeOf(mode: UpsertOptions["mode"] = "upsert"): WriteMode {
  const found = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (found !== undefined) return found;
  throw new VecstoreError(
    "INVALID_ARGUMENT",
    `mode is ${quoteValue(mode)}; allowed are ${Object.keys(MODES).join(", ")}`,
  );
}

function validateUpdate(update: RecordUpdate, index: number): void {
  validateId(update.id, `updates[${index}].id`);
  validateIfVersion(update.ifVersion, `updates[${index}].if_version`);
  if (update.mergeMetadata !== undefined && update.replaceMetadata !== undefined) {
    const message = `updates[${index}] has merge_metadata and replace_metadata; give one of them`;
    throw new VecstoreError("INVALID_ARGUMENT", message);
  }
  const { mergeMetadata: merge, replaceMetadata: replace } = update;
  if (merge !== undefined) encodeMetadata(merge, `updates[${index}].merge_metadata`);
  if (replace !== undefined) encodeMetadata(replace, `updates[${index}].replace_metadata`);
  if (update.text !== undefined && update.text !== null) validateText(update.text, `updates[${index}].text`);
  validateExpiry(update.expiresAtMs ?? undefined, `updates[${index}].expires_at`);
}

/** @param storedMs  of the record as it is; 0 for never */
function expiryAfter({ expiresAtMs }: RecordUpdate, storedMs: number): bigint | undefined {
  if (expiresAtMs === null) return undefined;
  const timeMs = expiresAtMs ?? storedMs;
  return timeMs === 0 ? undefined : BigInt(timeMs);
}

function assertDistinct(updates: readonly RecordUpdate[]): void {
  const seen = new Set<string>();
  for (const { id } of updates) {
    if (seen.has(id))
      throw new VecstoreError("DUPLICATE_ID", `id ${JSON.stringify(id)} comes twice in one call`, { id });
    seen.add(id);
  }
}

function validateTarget(target: Target, idsMax: number): void {
  const { ids, filter, all } = target ?? {};
  const given = [ids, filter, all || undefined].filter((part) => part !== undefined).length;
  if (given !== 1) {
    const message = `${given === 0 ? "none" : "more than one"} of ids, filter and all: true is given; give exactly one`;
    throw new VecstoreError("MISSING_TARGET", message);
  }
  if (all !== undefined && typeof all !== "boolean") {
    const message = `all is ${describeValue(all)}; give true, or leave it out`;
    throw new VecstoreError("INVALID_ARGUMENT", message);
  }
  if (ids === undefined) return;
  if (!Array.isArray(ids))
    throw new VecstoreError("INVALID_ARGUMENT", `ids is ${typeof ids}; give an array of strings`);
  validateBatchSize(ids.length, idsMax, "ids");
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new VecstoreError("CANCELED", "the caller canceled the request before it was logged");
}
