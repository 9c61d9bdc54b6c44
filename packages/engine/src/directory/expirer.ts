import { LIMITS } from "../limits.js";
import type { CatalogEntry } from "../state/catalog.js";
import type { NamespaceRef } from "./access.js";
import type { DataDirectory } from "./data-directory.js";
import type { OpenNamespace } from "./open-namespace.js";

/** The longest that a timer can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** When a removal that failed, such as on a full disk, is tried again. */
const RETRY_MS = 60_000;

/**
 * Removes what has expired: one timer for the directory, at the earliest time of any record, which logs an entry for each
 * namespace that has something to remove.
 *
 * No answer depends on when that happens: readers and `apply` compare the times themselves. The entry makes records stop
 * counting and their slots reclaimable. A namespace that takes no writes keeps what has expired, unseen, until it does.
 */
export class Expirer {
  readonly #directory: DataDirectory;
  #cancel: (() => void) | undefined;
  /** When the timer goes off, by the directory's clock; infinite when there is none. */
  #dueAtMs = Number.POSITIVE_INFINITY;
  #notBeforeMs = 0;
  #running: Promise<void> | undefined;

  constructor(directory: DataDirectory) {
    this.#directory = directory;
  }

  /** Sets the timer to the earliest time in a namespace, after a change to it. It need not be in memory. */
  consider(number: number): void {
    const { closeSignal, stopped } = this.#directory;
    if (closeSignal.aborted || stopped !== undefined) return;
    const atMs = Math.max(this.#nextMs(number), this.#notBeforeMs);
    if (atMs < this.#dueAtMs) this.#arm(atMs);
  }

  /** The earliest time at which something can be removed; infinite when there is none. */
  #nextMs(number: number): number {
    const { catalog, residents } = this.#directory;
    const entry = catalog.byNumber(number);
    if (entry?.status !== "active" || residents.damageOf(number) !== undefined) return Number.POSITIVE_INFINITY;
    return nextExpiryMs(this.#directory, entry);
  }

  /**
   * Removes what has expired in one namespace by now; logs nothing when there is nothing.
   *
   * @throws VecstoreError STORE_CLOSED, STORE_STOPPED, DISK_FULL
   */
  async expire(namespace: OpenNamespace): Promise<void> {
    const nowMs = this.#directory.nowMs();
    if (namespace.state.status !== "active" || namespace.state.nextExpiryMs > nowMs) return;
    this.#notBeforeMs = nowMs + LIMITS.expireIntervalMs;
    await this.#directory.write(namespace, { $case: "expire", value: { untilMs: BigInt(nowMs) } });
  }

  /** Ends the timer; returns when a removal that is under way has ended. */
  async stop(): Promise<void> {
    this.#disarm();
    await this.#running;
  }

  #arm(atMs: number): void {
    const directory = this.#directory;
    this.#disarm();
    this.#dueAtMs = atMs;
    const delayMs = Math.min(Math.max(0, atMs - directory.nowMs()), TIMER_MS_MAX);
    this.#cancel = directory.env.startTimer(delayMs, () => {
      this.#disarm();
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
    });
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  async #run(): Promise<void> {
    const directory = this.#directory;
    for (const entry of [...directory.catalog.entries()]) {
      if (this.#nextMs(entry.number) > directory.nowMs()) continue;
      try {
        await this.#expire(entry);
      } catch (error) {
        if (directory.closeSignal.aborted) return;
        this.#notBeforeMs = directory.nowMs() + RETRY_MS;
        directory.emit({ kind: "background_error", task: "expire", error: error as Error });
      }
    }
    for (const { number } of directory.catalog.entries()) this.consider(number);
  }

  async #expire(ref: NamespaceRef): Promise<void> {
    const lease = await this.#directory.residents.lease(ref);
    try {
      await this.expire(lease.namespace);
    } finally {
      lease.release();
    }
  }
}

/** The earliest time of a record of a namespace, in memory or not; infinite when none has one. */
export function nextExpiryMs({ residents }: DataDirectory, { number, summary }: CatalogEntry): number {
  return residents.get(number)?.state.nextExpiryMs ?? summary?.nextExpiryMs ?? Number.POSITIVE_INFINITY;
}
