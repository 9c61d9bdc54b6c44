import { TokenBucket } from "./token-bucket.js";

/** How many requests a second are taken on; absent: any number. */
export interface RequestRateLimits {
  /** Of all clients together. */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Of one client. */
  readonly maxClientRequestsPerSecond?: number | undefined;
}

/** Why a request is not taken on. */
export interface RateExceeded {
  /** The key of the setting. */
  readonly setting: "max_requests_per_second" | "max_client_requests_per_second";
  readonly limit: number;
  /** Milliseconds, above 0, until one would be taken on. */
  readonly waitMs: number;
}

/** Clients whose rate is remembered, about 2 MB. Of more the one that came longest ago is forgotten and begins anew. */
const CLIENTS_MAX = 10_000;

/** Bounds the requests of each client, and of all together. No timer: it looks at the clock when a request comes. */
export class RequestRates {
  readonly #limits: RequestRateLimits;
  readonly #now: () => number;
  /** The one that came last is last. */
  readonly #clients = new Map<string, TokenBucket>();
  #all: TokenBucket | undefined;

  /**
   * Undefined where there is nothing to bound.
   *
   * @param now  milliseconds of a clock that does not go back
   */
  static of(limits: RequestRateLimits, now: () => number): RequestRates | undefined {
    const { maxRequestsPerSecond, maxClientRequestsPerSecond } = limits;
    const isBounded = maxRequestsPerSecond !== undefined || maxClientRequestsPerSecond !== undefined;
    return isBounded ? new RequestRates(limits, now) : undefined;
  }

  /** @param now  milliseconds of a clock that does not go back */
  constructor(limits: RequestRateLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Takes a request of a client on, unless it sends too many. @returns undefined when it was taken on */
  takeClient(client: string): RateExceeded | undefined {
    const limit = this.#limits.maxClientRequestsPerSecond;
    if (limit === undefined) return undefined;
    const bucket = this.#clients.get(client) ?? new TokenBucket(limit, this.#now());
    this.#clients.delete(client);
    this.#clients.set(client, bucket);
    if (this.#clients.size > CLIENTS_MAX) this.#forgetOldest();
    const waitMs = bucket.take(limit, this.#now());
    return waitMs > 0 ? { setting: "max_client_requests_per_second", limit, waitMs } : undefined;
  }

  /** Takes a request on, unless all clients together send too many. @returns undefined when it was taken on */
  takeShared(): RateExceeded | undefined {
    const limit = this.#limits.maxRequestsPerSecond;
    if (limit === undefined) return undefined;
    this.#all ??= new TokenBucket(limit, this.#now());
    const waitMs = this.#all.take(limit, this.#now());
    return waitMs > 0 ? { setting: "max_requests_per_second", limit, waitMs } : undefined;
  }

  /** Clients that are remembered. */
  get clients(): number {
    return this.#clients.size;
  }

  #forgetOldest(): void {
    for (const client of this.#clients.keys()) {
      this.#clients.delete(client);
      return;
    }
  }
}
