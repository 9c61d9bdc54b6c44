/**
 * Bounds a rate: tokens come at that rate, requests take them. What a second brings may be taken at once, and one token at least, so
 * that rates below one a second let something through.
 */
export class TokenBucket {
  #rate: number;
  #tokens: number;
  #filledAtMs: number;

  /** Begins full. @param rate  tokens a second, above 0 */
  constructor(rate: number, nowMs: number) {
    this.#rate = rate;
    this.#tokens = Math.max(1, rate);
    this.#filledAtMs = nowMs;
  }

  /**
   * Takes tokens, if there are so many.
   *
   * @param rate   of now; another one than before counts from here on
   * @param count  at most what a second brings, or 1: more there will never be
   * @returns 0, or in how many milliseconds there are so many
   */
  take(rate: number, nowMs: number, count = 1): number {
    this.#fill(nowMs);
    if (rate !== this.#rate) {
      this.#rate = rate;
      this.#tokens = Math.min(this.#tokens, Math.max(1, rate));
    }
    if (this.#tokens < count) return ((count - this.#tokens) / this.#rate) * 1_000;
    this.#tokens -= count;
    return 0;
  }

  /** True when a new bucket would let through no more. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#tokens >= Math.max(1, this.#rate);
  }

  #fill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(Math.max(1, this.#rate), this.#tokens + (passedMs / 1_000) * this.#rate);
    this.#filledAtMs = Math.max(nowMs, this.#filledAtMs);
  }
}
