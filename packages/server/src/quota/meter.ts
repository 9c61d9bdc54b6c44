import { TokenBucket } from "./token-bucket.js";

/** Slices of the last second: a request is counted for 1 s to within one of them. */
const SLICES = 20;
const SECOND_MS = 1_000;
const SLICE_MS = SECOND_MS / SLICES;

/** Counts the requests of the last second of one namespace, and the queries that run. No timer: it looks at the clock when it is asked. */
export class Meter {
  readonly #slices = new Uint32Array(SLICES);
  /** The newest slice, counted from the clock's zero. */
  #slice = 0;
  /** Running now. */
  queries = 0;
  /** Absent while there is no quota of the rate. */
  #bucket: TokenBucket | undefined;

  /**
   * Takes requests on, all or none, unless the rate does not allow it.
   *
   * @param maxQps    requests a second; absent: any number
   * @param requests  at most what a second brings, where there is a rate
   * @returns 0, or in how many milliseconds they would be taken on
   */
  take(maxQps: number | undefined, nowMs: number, requests: number): number {
    if (maxQps === undefined) this.#bucket = undefined;
    else this.#bucket ??= new TokenBucket(maxQps, nowMs);
    const waitMs = maxQps === undefined ? 0 : this.#bucket!.take(maxQps, nowMs, requests);
    if (waitMs > 0) return waitMs;
    this.#moveTo(nowMs);
    this.#slices[this.#slice % SLICES]! += requests;
    return 0;
  }

  /** Requests of the last second that were taken on. */
  perSecond(nowMs: number): number {
    this.#moveTo(nowMs);
    return this.#slices.reduce((sum, count) => sum + count, 0);
  }

  /** True when nothing would be lost with it. */
  isIdle(nowMs: number): boolean {
    const isFull = this.#bucket === undefined || this.#bucket.isFull(nowMs);
    return isFull && this.queries === 0 && this.perSecond(nowMs) === 0;
  }

  #moveTo(nowMs: number): void {
    const slice = Math.floor(nowMs / SLICE_MS);
    const passed = Math.min(slice - this.#slice, SLICES);
    for (let i = 0; i < passed; i++) this.#slices[(slice - i) % SLICES] = 0;
    this.#slice = Math.max(slice, this.#slice);
  }
}
