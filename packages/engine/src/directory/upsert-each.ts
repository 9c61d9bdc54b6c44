import { pause } from "../core/breathe.js";
import { VecstoreError } from "../errors.js";
import type { StoredRecord, WriteMode } from "../gen/vecstore/storage/v1/log.js";
import type { UpsertEachOptions, UpsertEachResult, UpsertEachRow, UpsertFailure } from "../model/write.js";
import { validateVector } from "../query/validate.js";
import { refuseRecord } from "../state/apply.js";
import { appliedOrThrow } from "../state/outcome.js";
import { toStoredRecords, validateBatchSize } from "../state/records.js";
import { isWrittenSince } from "../state/written-since.js";
import { assertWrites } from "./access.js";
import { holdBack } from "./backpressure.js";
import type { DataDirectory } from "./data-directory.js";
import type { OpenNamespace } from "./open-namespace.js";

/** Between two attempts of a write that the index holds back. */
const BACKLOG_WAIT_MS = 100;

/** What can come between the check of a row and its write: another writer. */
const RACES: ReadonlySet<string> = new Set([
  "RECORD_EXISTS",
  "RECORD_NOT_FOUND",
  "VERSION_CONFLICT",
  "DIMENSION_MISMATCH",
]);

/** A good row, in its logged form. */
interface Row {
  readonly index: number;
  readonly record: StoredRecord;
}

/**
 * Writes rows each on its own: the bad ones are named and left out, the others go into as few entries as their ids allow.
 *
 * @throws VecstoreError what is the fault of no row: BATCH_TOO_LARGE, CANCELED, NAMESPACE_READ_ONLY, DISK_FULL and so on; some rows may be
 *         written then
 */
export async function upsertEach(
  directory: DataDirectory,
  namespace: OpenNamespace,
  rows: readonly UpsertEachRow[],
  mode: WriteMode,
  options: UpsertEachOptions,
): Promise<UpsertEachResult> {
  if (rows.length > 0) validateBatchSize(rows.length, directory.settings.maxBatchRecords, "rows");
  const job = new UpsertEach(directory, namespace, mode, options);
  for (const [index, row] of rows.entries()) await job.take(row, index);
  await job.flush();
  return job.result();
}

/** One call's rows on their way: those that passed wait for the next entry. */
class UpsertEach {
  readonly #directory: DataDirectory;
  readonly #namespace: OpenNamespace;
  readonly #mode: WriteMode;
  readonly #options: UpsertEachOptions;
  readonly #failures: UpsertFailure[] = [];
  #waiting: Row[] = [];
  readonly #ids = new Set<string>();
  /** Of the first vector that waits, where the namespace has none yet; 0 when there is none. */
  #dimension = 0;
  #upserted = 0;
  #sequence: number;

  constructor(directory: DataDirectory, namespace: OpenNamespace, mode: WriteMode, options: UpsertEachOptions) {
    this.#directory = directory;
    this.#namespace = namespace;
    this.#mode = mode;
    this.#options = options;
    this.#sequence = namespace.state.sequence;
  }

  async take(row: UpsertEachRow, index: number): Promise<void> {
    const record = this.#read(row, index);
    if (record === undefined) return;
    // Rows count one after the other, so a later one of the same id finds the earlier one written.
    if (this.#ids.has(record.id)) await this.flush();
    this.#ids.add(record.id);
    this.#waiting.push({ index, record });
    if (record.vector.length > 0) this.#dimension ||= record.vector.length / 4;
  }

  /** Writes what waits. Another writer may come between the look at a row and its write: then all are looked at again. */
  async flush(): Promise<void> {
    const { signal } = this.#options;
    for (let isDone = false; !isDone; ) {
      if (signal?.aborted) throw new VecstoreError("CANCELED", "the caller canceled the write");
      await this.#hold();
      assertWrites(this.#directory, this.#namespace);
      const records = this.#refuseEach();
      isDone = records.length === 0 || (await this.#tryWrite(records));
    }
    this.#waiting = [];
    this.#ids.clear();
    this.#dimension = 0;
  }

  result(): UpsertEachResult {
    const failures = this.#failures.sort((a, b) => a.index - b.index);
    return { upserted: this.#upserted, failures, sequence: this.#sequence };
  }

  /** Checks what needs no state; undefined when the row is bad, which is noted. */
  #read(row: UpsertEachRow, index: number): StoredRecord | undefined {
    const { context, dimension } = this.#namespace.state;
    const expected = { namespace: context.name, metric: context.metric, dimension: dimension || this.#dimension };
    try {
      if (row instanceof VecstoreError) throw row;
      return toStoredRecords([row], 1, (vector, what) => validateVector(vector, what, expected), index)[0];
    } catch (error) {
      if (!(error instanceof VecstoreError) || error.code !== "invalid_argument") throw error;
      this.#failures.push({ index, error });
      return undefined;
    }
  }

  /** Waits while too many records wait for the graph: there is nobody to come again in our place. */
  async #hold(): Promise<void> {
    for (;;) {
      try {
        return await holdBack(this.#namespace);
      } catch (error) {
        if (!(error instanceof VecstoreError) || error.reason !== "INDEX_BACKLOG") throw error;
      }
      await pause(BACKLOG_WAIT_MS);
      assertWrites(this.#directory, this.#namespace);
      if (this.#options.signal?.aborted) throw new VecstoreError("CANCELED", "the caller canceled the write");
    }
  }

  /** Names the rows that apply would refuse as things stand, and drops those that are written already. */
  #refuseEach(): readonly StoredRecord[] {
    const { state } = this.#namespace;
    const nowMs = this.#directory.nowMs();
    const dimension = state.dimension || this.#dimension;
    this.#waiting = this.#waiting.filter(({ index, record }) => {
      const refused = refuseRecord(state, record, this.#mode, dimension, nowMs);
      if (refused === undefined) return true;
      const { since } = this.#options;
      if (since !== undefined && isWrittenSince(state, record, since, nowMs)) this.#upserted++;
      else this.#failures.push({ index, error: new VecstoreError(refused.reason, refused.message, refused.details) });
      return false;
    });
    return this.#waiting.map(({ record }) => record);
  }

  /** Returns false when another write came between. */
  async #tryWrite(records: readonly StoredRecord[]): Promise<boolean> {
    const value = { records: [...records], mode: this.#mode, idempotencyKey: "", fingerprint: 0n };
    const outcome = await this.#directory.write(this.#namespace, { $case: "upsert", value });
    if (outcome.kind === "rejected" && RACES.has(outcome.reason)) return false;
    const { affected, sequence } = appliedOrThrow(outcome);
    this.#upserted += affected;
    this.#sequence = sequence;
    return true;
  }
}
