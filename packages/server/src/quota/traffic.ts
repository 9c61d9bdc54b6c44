import { type Connection, Connections } from "./connections.js";
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

/** Counts requests, queries and connections by namespace. What is idle costs nothing. */
export class Traffic {
  readonly #meters = new Map<string, Meter>();
  readonly #connections = new Connections();
  readonly #now: () => number;
  #sweepAt = SWEEP_GROWTH;

  /** @param now  milliseconds of a clock that does not go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a request of a namespace that may go on. The connection is absent where a request has none, as in tests. */
  enter(namespace: string, connection: Connection | undefined): void {
    this.#meter(namespace).count(this.#now());
    if (connection !== undefined) this.#connections.add(connection, namespace);
  }

  /** Counts a query that runs, until what is returned is called. */
  beginQuery(namespace: string): () => void {
    const meter = this.#meter(namespace);
    meter.queries++;
    return () => {
      meter.queries--;
    };
  }

  /** What goes on in one namespace. */
  of(namespace: string): LiveUsage {
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

  #meter(namespace: string): Meter {
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
