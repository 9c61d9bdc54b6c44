import { toBytes } from "./convert/message.js";
import { toUpsertFields } from "./convert/write.js";
import { VecStoreError } from "./errors.js";
import { UpsertRequest } from "./gen/vecstore/v1/write_pb.js";
import { randomKey } from "./idempotency.js";
import type { CallOptions } from "./model/call.js";
import type { Interruption } from "./model/interruption.js";
import type { RecordSource } from "./model/record.js";
import type { UpsertAllOptions, UpsertAllProgress, UpsertResult } from "./model/write.js";
import { checkPatience, Reconnection } from "./reconnection.js";
import { atLeastOne, type RecordBatch, toBatches } from "./record-batches.js";
import type { RetryPolicy } from "./retry.js";

/** Where batches go. */
export interface UpsertAllTarget {
  readonly namespace: string;
  /** Writes one batch, in one attempt. @param message  an UpsertRequest, written */
  readonly send: (message: Uint8Array<ArrayBuffer>, options: CallOptions) => Promise<UpsertResult>;
  readonly policy: RetryPolicy;
}

const CONCURRENCY_ABSENT = 4;

/**
 * Writes any number of records in batches, several at a time.
 *
 * Batches start in the order of the input. One that shares an id with a batch in flight waits for it, so the last record
 * of an id wins. A batch that fails for good ends the run; those before it are finished first, so of several the first
 * one's error is thrown, and its details hold `committed`.
 *
 * @throws VecStoreError of the first batch that failed; whatever `records` or `onProgress` throw
 */
export async function upsertAll(
  records: RecordSource<object>,
  options: UpsertAllOptions,
  target: UpsertAllTarget,
): Promise<UpsertAllProgress> {
  const { mode, idempotencyKey: prefix = randomKey() } = options;
  const { namespace } = target;
  const rest = (number: number) =>
    toBytes(UpsertRequest, toUpsertFields({ namespace, mode, idempotencyKey: `${prefix}/${number}` }));
  const run = new UpsertAllRun(options, target);
  try {
    for await (const batch of toBatches(records, options, { rest, distinct: true })) {
      await run.admit(batch);
      if (run.failed) break;
      run.start(batch);
    }
  } catch (error) {
    // Of the source, or of a record that cannot be written: it comes behind all batches.
    run.fail(Number.POSITIVE_INFINITY, error, "");
  } finally {
    await run.settle();
  }
  return run.finish();
}

/** A batch on its way. */
interface InFlight {
  readonly batch: RecordBatch;
  readonly done: Promise<void>;
  /** Ends its waits. */
  readonly stop: AbortController;
}

/** Why a run ends. */
interface Failure {
  /** Number of the batch. */
  readonly number: number;
  readonly error: unknown;
  /** What the message begins with. */
  readonly position: string;
}

class UpsertAllRun {
  readonly #options: UpsertAllOptions;
  readonly #target: UpsertAllTarget;
  readonly #concurrency: number;
  readonly #inFlight = new Map<number, InFlight>();
  /** Sizes of batches that were written while an earlier one was not, by number. */
  readonly #waiting = new Map<number, number>();
  #failure: Failure | undefined;
  /** Number of the batch that tells of an interruption. */
  #interruptedFirst: number | undefined;
  #nextCommitted = 0;
  #progress: UpsertAllProgress = { upserted: 0, inserted: 0, committed: 0, batches: 0, sequence: 0 };

  constructor(options: UpsertAllOptions, target: UpsertAllTarget) {
    this.#options = options;
    this.#target = target;
    this.#concurrency = atLeastOne(options.concurrency ?? CONCURRENCY_ABSENT, "concurrency");
    checkPatience(options.patienceMs);
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Waits until there is room for a batch and no batch in flight shares an id with it. */
  async admit({ ids }: RecordBatch): Promise<void> {
    while (!this.failed) {
      const all = [...this.#inFlight.values()];
      const rivals = all.filter(({ batch }) => sharesId(ids, batch.ids));
      if (rivals.length > 0) await Promise.all(rivals.map(({ done }) => done));
      else if (all.length >= this.#concurrency) await Promise.race(all.map(({ done }) => done));
      else return;
    }
  }

  /** Sends a batch; its outcome is kept here, so the promise never rejects. */
  start(batch: RecordBatch): void {
    const stop = new AbortController();
    const last = batch.start + batch.count - 1;
    const onInterruption = (interruption: Interruption) => this.#interrupted(batch.number, interruption);
    const { patienceMs } = this.#options;
    const { policy } = this.#target;
    const reconnection = new Reconnection({ patienceMs, signal: stop.signal, onInterruption }, { policy, passes });
    const done = this.#write(batch, stop, reconnection)
      .then((result) => {
        reconnection.progressed();
        this.#written(batch, result);
      })
      .catch((error: unknown) => this.fail(batch.number, error, `batch of the records ${batch.start} to ${last}: `))
      .finally(() => this.#inFlight.delete(batch.number));
    this.#inFlight.set(batch.number, { batch, done, stop });
  }

  /** Ends the run, unless a batch before this one did. Those behind it are not repeated any more. */
  fail(number: number, error: unknown, position: string): void {
    if (this.#failure !== undefined && this.#failure.number <= number) return;
    this.#failure = { number, error, position };
    for (const { batch, stop } of this.#inFlight.values()) if (batch.number > number) stop.abort(error);
  }

  async settle(): Promise<void> {
    await Promise.all([...this.#inFlight.values()].map(({ done }) => done));
  }

  finish(): UpsertAllProgress {
    if (this.#failure === undefined) return this.#progress;
    const { error, position } = this.#failure;
    throw error instanceof VecStoreError ? withProgress(error, position, this.#progress) : error;
  }

  /** Sends a batch until it is written or fails for good. The caller's signal ends its waits like `stop` does. */
  async #write(batch: RecordBatch, stop: AbortController, reconnection: Reconnection): Promise<UpsertResult> {
    const { signal, timeoutMs } = this.#options;
    const follow = () => stop.abort(signal?.reason);
    if (signal?.aborted) follow();
    signal?.addEventListener("abort", follow, { once: true });
    try {
      for (;;) {
        try {
          return await this.#target.send(batch.message, { signal, timeoutMs });
        } catch (error) {
          await reconnection.waitAfter(error);
        }
      }
    } finally {
      signal?.removeEventListener("abort", follow);
    }
  }

  /** Of the batches that the server's absence interrupts together, the first one tells of it. */
  #interrupted(number: number, interruption: Interruption): void {
    const isOver = interruption.state === "over";
    if (!isOver) this.#interruptedFirst ??= number;
    if (number !== this.#interruptedFirst) return;
    if (isOver) this.#interruptedFirst = undefined;
    this.#options.onInterruption?.(interruption);
  }

  #written(batch: RecordBatch, result: UpsertResult): void {
    const { upserted, inserted, batches, sequence } = this.#progress;
    this.#waiting.set(batch.number, batch.count);
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
}

/** Whether a batch is worth repeating: its key makes that safe also when the outcome is unknown. */
function passes(error: VecStoreError): boolean {
  return error.retryable || error.reason === "DEADLINE_EXCEEDED";
}

function sharesId(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  for (const id of some) if (others.has(id)) return true;
  return false;
}

function withProgress(error: VecStoreError, position: string, progress: UpsertAllProgress): VecStoreError {
  return new VecStoreError({
    code: error.code,
    reason: error.reason,
    message: position + error.message,
    details: { ...error.details, committed: String(progress.committed), upserted: String(progress.upserted) },
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    cause: error,
  });
}
