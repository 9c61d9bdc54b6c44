import { estimateBytes } from "./convert/record-bytes.js";
import { invalidArgument, VecStoreError } from "./errors.js";
import { randomKey } from "./idempotency.js";
import type { RecordInput } from "./model/record.js";
import type { UpsertAllOptions, UpsertAllProgress, UpsertOptions, UpsertResult } from "./model/write.js";
import { backoffDelayMs, type RetryPolicy } from "./retry.js";

/** Writes one batch, in one attempt. */
export type SendBatch = (records: readonly RecordInput[], options: UpsertOptions) => Promise<UpsertResult>;

/** Records of a batch when the caller names no number: half the server's limit. */
const BATCH_SIZE_ABSENT = 500;

/** A batch also ends here: a quarter of the server's limit of a message, because the size is only estimated. */
const BATCH_BYTES = 8 * 1024 * 1024;

const CONCURRENCY_ABSENT = 4;

const PATIENCE_MS_ABSENT = 300_000;

/** Records that are sent together. No two are of the same id. */
interface Batch {
  /** Position of the batch, from 0. */
  readonly number: number;
  /** Position of its first record in the input. */
  readonly start: number;
  readonly records: readonly RecordInput[];
  readonly ids: ReadonlySet<string>;
}

/**
 * Writes any number of records in batches, several at a time.
 *
 * Batches start in the order of the input. One that shares an id with a batch in flight waits for it, so the last record
 * of an id wins. The first batch that fails for good stops the run; its error's details hold `committed`.
 *
 * @throws VecStoreError of the first batch that failed; whatever `records` or `onProgress` throw
 */
export async function upsertAll(
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  options: UpsertAllOptions,
  send: SendBatch,
  policy: RetryPolicy,
): Promise<UpsertAllProgress> {
  const batchSize = atLeastOne(options.batchSize ?? BATCH_SIZE_ABSENT, "batchSize");
  const run = new UpsertAllRun(options, send, policy);
  try {
    for await (const batch of toBatches(records, batchSize)) {
      await run.admit(batch);
      if (run.failed) break;
      run.start(batch);
    }
  } finally {
    await run.settle();
  }
  return run.finish();
}

class UpsertAllRun {
  readonly #options: UpsertAllOptions;
  readonly #send: SendBatch;
  readonly #policy: RetryPolicy;
  readonly #concurrency: number;
  readonly #keyPrefix: string;
  readonly #inFlight = new Map<Batch, Promise<void>>();
  /** Sizes of batches that were written while an earlier one was not, by number. */
  readonly #waiting = new Map<number, number>();
  /** Ends the waits of the other batches once one has failed. */
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | undefined;
  #nextCommitted = 0;
  #progress: UpsertAllProgress = { upserted: 0, inserted: 0, committed: 0, batches: 0, sequence: 0 };

  constructor(options: UpsertAllOptions, send: SendBatch, policy: RetryPolicy) {
    this.#options = options;
    this.#send = send;
    this.#policy = policy;
    this.#concurrency = atLeastOne(options.concurrency ?? CONCURRENCY_ABSENT, "concurrency");
    this.#keyPrefix = options.idempotencyKey ?? randomKey();
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Waits until there is room for a batch and no batch in flight shares an id with it. */
  async admit(batch: Batch): Promise<void> {
    while (!this.failed) {
      const rivals = [...this.#inFlight].filter(([other]) => sharesId(batch, other)).map(([, done]) => done);
      if (rivals.length > 0) await Promise.all(rivals);
      else if (this.#inFlight.size >= this.#concurrency) await Promise.race(this.#inFlight.values());
      else return;
    }
  }

  /** Sends a batch; its outcome is kept here, so the promise never rejects. */
  start(batch: Batch): void {
    const done = this.#write(batch)
      .then((result) => this.#written(batch, result))
      .catch((error: unknown) => this.#fail(batch, error))
      .finally(() => this.#inFlight.delete(batch));
    this.#inFlight.set(batch, done);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#inFlight.values());
  }

  finish(): UpsertAllProgress {
    if (this.#failure === undefined) return this.#progress;
    throw this.#failure.error;
  }

  async #write(batch: Batch): Promise<UpsertResult> {
    const { mode, signal, timeoutMs, patienceMs = PATIENCE_MS_ABSENT } = this.#options;
    const idempotencyKey = `${this.#keyPrefix}/${batch.number}`;
    const { clock } = this.#policy;
    const endMs = clock.nowMs() + patienceMs;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#send(batch.records, { mode, signal, timeoutMs, idempotencyKey });
      } catch (error) {
        if (!passes(error) || this.failed) throw error;
        const delayMs = backoffDelayMs(error, tries, this.#policy);
        if (clock.nowMs() + delayMs >= endMs) throw error;
        await this.#sleep(delayMs);
      }
    }
  }

  async #sleep(delayMs: number): Promise<void> {
    const { signal } = this.#options;
    const follow = () => this.#stop.abort(signal?.reason);
    if (signal?.aborted) follow();
    signal?.addEventListener("abort", follow, { once: true });
    try {
      await this.#policy.clock.sleep(delayMs, this.#stop.signal);
    } finally {
      signal?.removeEventListener("abort", follow);
    }
  }

  #written(batch: Batch, result: UpsertResult): void {
    const { upserted, inserted, batches, sequence } = this.#progress;
    this.#waiting.set(batch.number, batch.records.length);
    this.#progress = {
      upserted: upserted + result.upserted,
      inserted: inserted + result.inserted,
      committed: this.#progress.committed + this.#takeCommitted(),
      batches: batches + 1,
      sequence: Math.max(sequence, result.sequence),
    };
    this.#options.onProgress?.(this.#progress);
  }

  /** Counts the records of the batches that now follow without a gap. */
  #takeCommitted(): number {
    let records = 0;
    for (let size = this.#waiting.get(this.#nextCommitted); size !== undefined; ) {
      this.#waiting.delete(this.#nextCommitted++);
      records += size;
      size = this.#waiting.get(this.#nextCommitted);
    }
    return records;
  }

  #fail(batch: Batch, error: unknown): void {
    if (this.#failure !== undefined) return;
    const run = this;
    this.#failure = {
      // Read when it is thrown: batches that are still in flight may be written meanwhile.
      get error() {
        return error instanceof VecStoreError ? withPosition(error, batch, run.#progress) : error;
      },
    };
    this.#stop.abort(error);
  }
}

async function* toBatches(
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  batchSize: number,
): AsyncGenerator<Batch> {
  let number = 0;
  let start = 0;
  let batch: RecordInput[] = [];
  let ids = new Set<string>();
  let bytes = 0;
  const take = (): Batch => {
    const taken = { number: number++, start, records: batch, ids };
    start += batch.length;
    batch = [];
    ids = new Set();
    bytes = 0;
    return taken;
  };
  for await (const record of records) {
    const recordBytes = estimateBytes(record);
    if (batch.length > 0 && (ids.has(record.id) || bytes + recordBytes > BATCH_BYTES)) yield take();
    batch.push(record);
    ids.add(record.id);
    bytes += recordBytes;
    if (batch.length === batchSize) yield take();
  }
  if (batch.length > 0) yield take();
}

/** Whether a batch is worth repeating: its key makes that safe also when the outcome is unknown. */
function passes(error: unknown): error is VecStoreError {
  return error instanceof VecStoreError && (error.retryable || error.reason === "DEADLINE_EXCEEDED");
}

function sharesId(a: Batch, b: Batch): boolean {
  for (const id of a.ids) if (b.ids.has(id)) return true;
  return false;
}

function withPosition(error: VecStoreError, batch: Batch, progress: UpsertAllProgress): VecStoreError {
  const last = batch.start + batch.records.length - 1;
  return new VecStoreError({
    code: error.code,
    reason: error.reason,
    message: `batch of the records ${batch.start} to ${last}: ${error.message}`,
    details: { ...error.details, committed: String(progress.committed), upserted: String(progress.upserted) },
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    cause: error,
  });
}

function atLeastOne(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw invalidArgument(`${name} is ${value}; it must be an integer of 1 or more`);
}
