import { setTimeout as pause } from "node:timers/promises";
import { runLoad } from "./load.js";

/** The cache leaves a namespace alone for a second after each write; as long again is left for a busy server. */
const FIRST_HIT_MS = 2_000;
const PAUSE_MS = 20;
/** An answer is kept when its query comes a second time. */
const SIGHTS = 2;

/** What is asked until the server has kept it. */
export interface Priming {
  /** Asks for one vector; true when the answer was kept. */
  readonly ask: (vector: Float32Array) => Promise<boolean>;
  /** At least one. */
  readonly vectors: readonly Float32Array[];
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Milliseconds until the first answer must come from the cache. Default 2000. */
  readonly firstHitMs?: number;
}

/**
 * Asks for each vector until the server has had the chance to keep its answer: for the first until it comes from the cache, and for all
 * of them twice then. Refusals are left to the load that follows.
 *
 * @returns false when nothing came from the cache: it is off, or the namespace is written all the time
 */
export async function primeCache({ ask, vectors, concurrency, signal, ...given }: Priming): Promise<boolean> {
  const { firstHitMs = FIRST_HIT_MS } = given;
  const endless = { durationMs: Number.POSITIVE_INFINITY, signal };
  const endMs = performance.now() + firstHitMs;
  let isHit = false;
  const askFirst = async () => {
    isHit = await ask(vectors[0]!);
  };
  for (;;) {
    await runLoad(askFirst, { ...endless, concurrency: 1, count: 1 });
    if (isHit || signal.aborted) break;
    if (performance.now() >= endMs) return false;
    await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  const askNext = async (number: number) => void (await ask(vectors[number % vectors.length]!));
  await runLoad(askNext, { ...endless, concurrency, count: SIGHTS * vectors.length });
  return true;
}
