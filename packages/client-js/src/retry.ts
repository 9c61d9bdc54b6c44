import { type Clock, deadlineExceeded } from "./clock.js";
import { invalidArgument, VecStoreError } from "./errors.js";

/** How often and how fast a call is repeated. */
export interface RetryOptions {
  /** Attempts in all, 1 or more; 1 turns retries off. Default 3. */
  readonly attempts?: number;
  /** The first wait is at most this; each further one at most twice the one before. Default 100. */
  readonly backoffMs?: number;
  /** No wait is longer, save when the server asks for it by Retry-After. Default 5,000. */
  readonly backoffMsMax?: number;
}

/** Options with every default in place, and the sources of time and chance. */
export interface RetryPolicy extends Required<RetryOptions> {
  readonly clock: Clock;
  /** Uniform in 0..1. */
  readonly random: () => number;
}

/** What a single call allows. */
export interface RetryScope {
  readonly policy: RetryPolicy;
  /** Whether an attempt may be repeated although it may have been carried out: a read, or a write with a key. */
  readonly repeatable: boolean;
  /** On the policy's clock; Infinity when there is none. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Causes that a server names before it begins the work, or that kept the request from leaving. */
const NOT_BEGUN: ReadonlySet<string> = new Set([
  "UNREACHABLE",
  "INDEX_BACKLOG",
  "RATE_LIMITED",
  "CONCURRENCY_LIMITED",
  "CONNECTIONS_LIMITED",
  "STARTING",
]);

/**
 * Puts the defaults in place.
 *
 * @param options  `false` turns retries off
 * @throws VecStoreError INVALID_ARGUMENT when a number is out of range
 */
export function retryPolicy(
  options: RetryOptions | false | undefined,
  clock: Clock,
  random: () => number,
): RetryPolicy {
  const { attempts = 3, backoffMs = 100, backoffMsMax = 5_000 } = options === false ? { attempts: 1 } : (options ?? {});
  if (!Number.isInteger(attempts) || attempts < 1)
    throw invalidArgument(`retries.attempts is ${attempts}; it must be an integer of 1 or more`);
  for (const [name, value] of Object.entries({ backoffMs, backoffMsMax })) {
    if (!(value >= 0)) throw invalidArgument(`retries.${name} is ${value}; it must be 0 or more`);
  }
  return { attempts, backoffMs, backoffMsMax, clock, random };
}

/**
 * Runs `attempt` until it succeeds, may not be repeated, or the attempts or the time are used up.
 *
 * @param attempt  one try; it throws VecStoreError
 * @throws VecStoreError the last attempt's; CANCELED when the signal ends a wait
 */
export async function withRetries<T>(scope: RetryScope, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const delayMs = retryDelayMs(error, tries, scope);
      if (delayMs === undefined) throw error;
      await scope.policy.clock.sleep(delayMs, scope.signal);
    }
  }
}

/** The time left of a call, or Infinity. @throws VecStoreError DEADLINE_EXCEEDED when there is none */
export function remainingMs(scope: RetryScope): number {
  const leftMs = scope.deadlineMs - scope.policy.clock.nowMs();
  if (leftMs <= 0) throw deadlineExceeded();
  return leftMs;
}

/**
 * Chooses a wait: random up to a bound that doubles with each try, and never less than the server asks for.
 *
 * @param tries  attempts made, 1 or more
 */
export function backoffDelayMs(error: VecStoreError, tries: number, policy: RetryPolicy): number {
  const boundMs = Math.min(policy.backoffMsMax, policy.backoffMs * 2 ** (tries - 1));
  // Chance comes on top of Retry-After, or all callers that were refused together would come back together.
  return (error.retryAfterMs ?? 0) + policy.random() * boundMs;
}

function retryDelayMs(error: unknown, tries: number, scope: RetryScope): number | undefined {
  if (!(error instanceof VecStoreError) || !error.retryable || tries >= scope.policy.attempts) return undefined;
  if (!scope.repeatable && !NOT_BEGUN.has(error.reason)) return undefined;
  const delayMs = backoffDelayMs(error, tries, scope.policy);
  // A wait that ends past the deadline would only hide the cause behind DEADLINE_EXCEEDED.
  return scope.policy.clock.nowMs() + delayMs < scope.deadlineMs ? delayMs : undefined;
}
