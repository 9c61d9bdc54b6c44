import { ERROR_REASONS, type ErrorReason } from "../errors.js";
import type { IdempotencyOutcome } from "../gen/vecstore/storage/v1/manifest.js";
import { LIMITS } from "../limits.js";
import { applied, type Outcome, rejected } from "./outcome.js";

interface Entry {
  readonly fingerprint: bigint;
  readonly timeMs: number;
  readonly sequence: number;
  readonly outcome: Outcome;
}

/**
 * Outcomes of writes that carried a key: part of a namespace's logical state and of its checkpoint.
 * Kept 24 h and 10,000 entries, by log time, oldest first; the clock plays no part.
 */
export class IdempotencyTable {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** The outcome recorded for `key`, or undefined. A key that comes with another fingerprint is a rejection. */
  find(key: string, fingerprint: bigint, timeMs: number): Outcome | undefined {
    this.#expire(timeMs);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.fingerprint === fingerprint) return entry.outcome;
    return rejected(
      "IDEMPOTENCY_KEY_REUSED",
      `idempotency key ${JSON.stringify(key)} was used for another request at sequence ${entry.sequence}; use a new key for a new request`,
      { key },
    );
  }

  /** Records the outcome of a write. */
  record(key: string, fingerprint: bigint, timeMs: number, sequence: number, outcome: Outcome): void {
    this.#entries.set(key, { fingerprint, timeMs, sequence, outcome });
    this.#expire(timeMs);
  }

  /** Copies the table for a checkpoint, oldest first. */
  toManifest(): IdempotencyOutcome[] {
    return Array.from(this.#entries, ([key, entry]) => {
      const { outcome } = entry;
      const done = outcome.kind === "applied";
      return {
        key,
        fingerprint: entry.fingerprint,
        timeMs: BigInt(entry.timeMs),
        sequence: BigInt(entry.sequence),
        upserted: done ? outcome.affected : 0,
        inserted: done ? outcome.inserted : 0,
        rejectedReason: done ? "" : outcome.reason,
        rejectedMessage: done ? "" : outcome.message,
        rejectedDetails: done ? {} : { ...outcome.details },
      };
    });
  }

  /** Fills an empty table from a checkpoint. */
  static fromManifest(outcomes: readonly IdempotencyOutcome[]): IdempotencyTable {
    const table = new IdempotencyTable();
    for (const stored of outcomes) {
      const sequence = Number(stored.sequence);
      const reason = stored.rejectedReason;
      const outcome =
        reason === ""
          ? applied(sequence, stored.upserted, stored.inserted)
          : rejected(isReason(reason) ? reason : "INTERNAL", stored.rejectedMessage, stored.rejectedDetails);
      const timeMs = Number(stored.timeMs);
      table.#entries.set(stored.key, { fingerprint: stored.fingerprint, timeMs, sequence, outcome });
    }
    return table;
  }

  #expire(timeMs: number): void {
    for (const [key, entry] of this.#entries) {
      const tooMany = this.#entries.size > LIMITS.idempotencyEntriesMax;
      if (!tooMany && timeMs - entry.timeMs < LIMITS.idempotencyAgeMsMax) return;
      this.#entries.delete(key);
    }
  }
}

function isReason(text: string): text is ErrorReason {
  return Object.hasOwn(ERROR_REASONS, text);
}
