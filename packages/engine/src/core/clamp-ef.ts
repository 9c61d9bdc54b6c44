import { LIMITS } from "../limits.js";

/** Candidates that the pool of the core can hold. */
export function clampEf(ef: number): number {
  return Math.min(Math.max(ef, 1), LIMITS.efMax);
}
