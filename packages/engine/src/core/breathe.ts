import { later } from "./schedule.js";

/** Work of all callers together in one turn of the event loop, after which nothing more begins, however short. */
const TURN_MS = 8;

/** Callers that wait for a turn, first come first served. */
const waiting: (() => void)[] = [];
/** When the first piece of work of this turn began; undefined before. */
let turnStartMs: number | undefined;

/**
 * Lets the event loop serve what waits, then returns: called between the steps of long work on the main thread. Of all that
 * breathe at the same time one goes on in each turn, so that ten long scans hold the loop up no longer than one.
 * A macrotask, since a promise alone would starve sockets and timers.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) later(goOn);
  });
}

function goOn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) later(goOn);
}

/** Milliseconds since the first piece of work in this turn of the event loop began: all callers' work together. */
export function turnMs(): number {
  const now = performance.now();
  if (turnStartMs === undefined) {
    turnStartMs = now;
    later(() => {
      turnStartMs = undefined;
    });
  }
  return now - turnStartMs;
}

/**
 * True when what begins now should `breathe` first, even if it is short: a caller that awaits one short call after the other
 * never leaves the turn by itself.
 */
export function isTurnUsedUp(): boolean {
  return turnMs() >= TURN_MS;
}

/** Returns after `ms` milliseconds; keeps the process alive until then, for a caller that waits for the result. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Returns after `ms` milliseconds; does not keep a process alive by itself. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer: unknown = setTimeout(resolve, ms);
    (timer as { unref?: () => void }).unref?.();
  });
}
