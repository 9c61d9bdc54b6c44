import { type Clock, canceled } from "./clock.js";
import { invalidArgument, VecStoreError } from "./errors.js";
import type { CallOptions } from "./model/call.js";
import type { Interruption, InterruptionOptions } from "./model/interruption.js";
import { checkTimeout } from "./options.js";
import { backoffDelayMs, type RetryPolicy } from "./retry.js";

/** Milliseconds that a write waits for a server when nobody says otherwise. */
const PATIENCE_MS_ABSENT = 300_000;
const NEVER = new AbortController().signal;

/** What makes a `Reconnection`. */
export interface ReconnectionRules {
  readonly policy: RetryPolicy;
  /** Whether the same may succeed later. Default: what the error says. */
  readonly passes?: (error: VecStoreError) => boolean;
}

/** When a transfer that broke off is tried again, and who is told of it. */
export class Reconnection {
  readonly #rules: ReconnectionRules;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #patienceMs: number;
  /** On the clock; Infinity when there is none. */
  readonly #deadlineMs: number;
  readonly #tell: (interruption: Interruption) => void;
  /** The last failure; undefined while all is well. */
  #error: VecStoreError | undefined;
  #attempts = 0;
  #beganMs = 0;

  /**
   * @param options  `timeoutMs` is for all attempts, from now on. Default: any time
   * @throws VecStoreError INVALID_ARGUMENT when the patience or the timeout is out of range
   */
  constructor(options: InterruptionOptions & CallOptions, rules: ReconnectionRules) {
    const { signal = NEVER, onInterruption = () => {} } = options;
    this.#rules = rules;
    this.#clock = rules.policy.clock;
    this.#signal = signal;
    this.#patienceMs = checkPatience(options.patienceMs);
    this.#deadlineMs = this.#clock.nowMs() + checkTimeout(options.timeoutMs ?? Number.POSITIVE_INFINITY);
    this.#tell = onInterruption;
  }

  /** Milliseconds that the next attempt has; undefined when there is no deadline. */
  get timeoutMs(): number | undefined {
    const leftMs = this.#deadlineMs - this.#clock.nowMs();
    // A wait that ended late leaves none, which is no timeout that a call takes.
    return leftMs === Number.POSITIVE_INFINITY ? undefined : Math.max(1, leftMs);
  }

  /** Notes that something got done: an interruption is over. */
  progressed(): void {
    const error = this.#error;
    if (error === undefined) return;
    this.#error = undefined;
    this.#tell({ state: "over", error, ...this.#so(this.#clock.nowMs()), delayMs: 0 });
    this.#attempts = 0;
  }

  /**
   * Waits until it is time for the next attempt.
   *
   * @throws the error, when it does not pass by itself, or when the patience or the deadline would end before the wait does; CANCELED as
   *         soon as the signal is aborted
   */
  async waitAfter(error: unknown): Promise<void> {
    const { policy, passes = (each) => each.retryable } = this.#rules;
    if (!(error instanceof VecStoreError) || !passes(error)) throw error;
    if (this.#signal.aborted) throw canceled(this.#signal.reason);
    const nowMs = this.#clock.nowMs();
    if (this.#error === undefined) this.#beganMs = nowMs;
    this.#error = error;
    const delayMs = backoffDelayMs(error, ++this.#attempts, policy);
    if (nowMs + delayMs >= Math.min(this.#beganMs + this.#patienceMs, this.#deadlineMs)) throw error;
    this.#tell({ state: "waiting", error, ...this.#so(nowMs), delayMs });
    await this.#clock.sleep(delayMs, this.#signal);
  }

  #so(nowMs: number): Pick<Interruption, "attempts" | "durationMs"> {
    return { attempts: this.#attempts, durationMs: nowMs - this.#beganMs };
  }
}

/**
 * Puts the default of a write in place.
 *
 * @throws VecStoreError INVALID_ARGUMENT when it is no number, or below 0
 */
export function checkPatience(patienceMs: number = PATIENCE_MS_ABSENT): number {
  if (typeof patienceMs === "number" && patienceMs >= 0) return patienceMs;
  throw invalidArgument(`patienceMs is ${patienceMs}; it must be milliseconds, 0 or more`);
}
