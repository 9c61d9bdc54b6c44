import { refusal } from "../errors.js";
import { type Connection, Connections } from "./connections.js";
import type { QuotaLevel } from "./levels.js";
import { Meter } from "./meter.js";

/** What goes on in a namespace now. */
export interface LiveUsage {
  /** Requests of the last second. */
  readonly currentQps: number;
  readonly activeConnections: number;
  readonly concurrentQueries: number;
}

/** Meters are looked through for idle ones when there are so many more than after the last time. */
const SWEEP_GROWTH = 1_000;

/** The quotas of a namespace that are about what goes on now; absent: unlimited. */
export interface TrafficQuotas {
  /** Requests a second. */
  readonly maxQps?: number;
  readonly maxConnections?: number;
  readonly maxConcurrentQueries?: number;
}

/** A namespace that requests go to. */
export interface BusyNamespace {
  readonly name: string;
  /** Never given to another, not even to one of the same name. */
  readonly number: number;
  readonly quotas: TrafficQuotas;
}

/** Counts requests, queries and connections by namespace, and refuses what a quota does not allow. What is idle costs nothing. */
export class Traffic {
  /** By the number of the namespace. */
  readonly #meters = new Map<number, Meter>();
  readonly #connections = new Connections();
  readonly #now: () => number;
  readonly #onLevel: (namespace: BusyNamespace, level: QuotaLevel) => void;
  #sweepAt = SWEEP_GROWTH;

  /**
   * @param now      milliseconds of a clock that does not go back
   * @param onLevel  told how far a quota is used, each time that more of it is
   */
  constructor(now: () => number, onLevel: (namespace: BusyNamespace, level: QuotaLevel) => void = () => {}) {
    this.#now = now;
    this.#onLevel = onLevel;
  }

  /**
   * Takes on a request of a namespace. The connection is absent where a request has none, as in tests.
   *
   * @param queries  what it counts as in the rate: a batch is as many requests as it has queries. 1 or more
   * @throws ConnectError RATE_LIMITED, CONNECTIONS_LIMITED, BATCH_TOO_LARGE; it is not counted then
   */
  enter(namespace: BusyNamespace, connection: Connection | undefined, queries = 1): void {
    const { maxQps, maxConnections } = namespace.quotas;
    const isOpen = connection !== undefined && connection.destroyed !== true;
    const isNew = isOpen && !this.#connections.has(connection, namespace.number);
    if (isNew) this.#assertRoom(namespace);
    if (maxQps !== undefined) assertFits(namespace.name, maxQps, queries);
    const meter = this.#meter(namespace.number);
    const waitMs = meter.take(maxQps, this.#now(), queries);
    if (maxQps !== undefined) this.#tell(namespace, "max_qps", meter.perSecond(this.#now()), burstOf(maxQps));
    if (waitMs > 0) throw rateLimited(namespace.name, maxQps!, waitMs);
    if (!isNew) return;
    this.#connections.add(connection, namespace.number);
    if (maxConnections === undefined) return;
    this.#tell(namespace, "max_connections", this.#connections.of(namespace.number), maxConnections);
  }

  #tell(namespace: BusyNamespace, quota: string, usage: number, limit: number): void {
    this.#onLevel(namespace, { quota, usage, limit });
  }

  /**
   * Counts a query that runs, until what is returned is called. A batch is one: its queries share what one has.
   *
   * @throws ConnectError CONCURRENCY_LIMITED
   */
  beginQuery(namespace: BusyNamespace): () => void {
    const { maxConcurrentQueries } = namespace.quotas;
    const meter = this.#meter(namespace.number);
    if (maxConcurrentQueries !== undefined && meter.queries >= maxConcurrentQueries) {
      const { name } = namespace;
      const facts = {
        namespace: name,
        quota: "max_concurrent_queries",
        usage: meter.queries,
        limit: maxConcurrentQueries,
      };
      throw over("CONCURRENCY_LIMITED", "queries run at once", "wait for one to end", facts);
    }
    meter.queries++;
    if (maxConcurrentQueries !== undefined)
      this.#tell(namespace, "max_concurrent_queries", meter.queries, maxConcurrentQueries);
    return () => {
      meter.queries--;
    };
  }

  /** What goes on in the namespace of that number. */
  of(namespace: number): LiveUsage {
    const meter = this.#meters.get(namespace);
    return {
      currentQps: meter?.perSecond(this.#now()) ?? 0,
      activeConnections: this.#connections.of(namespace),
      concurrentQueries: meter?.queries ?? 0,
    };
  }

  /** What goes on in all; a connection that serves several namespaces counts once. */
  total(): LiveUsage {
    let [currentQps, concurrentQueries] = [0, 0];
    for (const meter of this.#meters.values()) {
      currentQps += meter.perSecond(this.#now());
      concurrentQueries += meter.queries;
    }
    return { currentQps, concurrentQueries, activeConnections: this.#connections.total };
  }

  #assertRoom({ name, number, quotas: { maxConnections } }: BusyNamespace): void {
    const usage = this.#connections.of(number);
    if (maxConnections === undefined || usage < maxConnections) return;
    const facts = { namespace: name, quota: "max_connections", usage, limit: maxConnections };
    throw over("CONNECTIONS_LIMITED", "connections are open", "share connections, or close some", facts);
  }

  #meter(namespace: number): Meter {
    const known = this.#meters.get(namespace);
    if (known !== undefined) return known;
    if (this.#meters.size >= this.#sweepAt) this.#sweep();
    const meter = new Meter();
    this.#meters.set(namespace, meter);
    return meter;
  }

  #sweep(): void {
    const nowMs = this.#now();
    for (const [namespace, meter] of this.#meters) if (meter.isIdle(nowMs)) this.#meters.delete(namespace);
    this.#sweepAt = this.#meters.size + SWEEP_GROWTH;
  }
}

/** What a second may bring: rates below one a second let one request through. */
export const burstOf = (maxQps: number): number => Math.max(1, maxQps);

interface QuotaFacts {
  readonly namespace: string;
  readonly quota: string;
  readonly usage: number;
  readonly limit: number;
}

function over(reason: "CONCURRENCY_LIMITED" | "CONNECTIONS_LIMITED", what: string, todo: string, facts: QuotaFacts) {
  const { namespace, quota, usage, limit } = facts;
  const message = `${usage} ${what}, and namespace ${JSON.stringify(namespace)} allows ${limit} (${quota}); ${todo}`;
  return refusal(reason, message, { namespace, quota, usage: String(usage), limit: String(limit) });
}

/** Waiting would never help a batch that is more than a second may bring. */
function assertFits(namespace: string, maxQps: number, queries: number): void {
  const most = Math.floor(burstOf(maxQps));
  if (queries <= most) return;
  const message = `the batch has ${queries} queries; namespace ${JSON.stringify(namespace)} allows ${maxQps} a second (max_qps); send at most ${most} in one batch`;
  const facts = { namespace, quota: "max_qps", got: String(queries), limit: String(most) };
  throw refusal("BATCH_TOO_LARGE", message, facts);
}

/** A day. What brings a request in years has no other time to say than that it is not now. */
const RETRY_MS_MAX = 86_400_000;

function rateLimited(namespace: string, maxQps: number, waitMs: number) {
  const retryAfterMs = Math.ceil(Math.min(waitMs, RETRY_MS_MAX));
  const message = `namespace ${JSON.stringify(namespace)} allows ${maxQps} requests a second (max_qps); retry after ${retryAfterMs} ms`;
  const facts = { namespace, quota: "max_qps", limit: String(maxQps), retry_after_ms: String(retryAfterMs) };
  return refusal("RATE_LIMITED", message, facts);
}
