import { addressGroup } from "./address-group.js";

/** How many connections are served; absent: any number. */
export interface ConnectionCapLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress?: number | undefined;
}

/** What becomes of a connection: it is served, its first request is refused, or it is ended without a word. */
export type Admission = "serve" | "tell" | "drop";

/**
 * Connections above the caps that are told why at the same time. They cost as much as others, so they are few; probes come by
 * them too, when a server is full.
 */
const TOLD_MAX = 64;

/** Counts connections, of all and by address. It keeps nothing of addresses that have none. */
export class ConnectionCaps {
  readonly #limits: ConnectionCapLimits;
  readonly #served = new Map<string, number>();
  #total = 0;
  #told = 0;

  constructor(limits: ConnectionCapLimits) {
    this.#limits = limits;
  }

  /**
   * A connection has come.
   *
   * @param onEnd  is given what to call when it has ended; never for one that is dropped
   */
  enter(address: string | undefined, onEnd: (leave: () => void) => void): Admission {
    const group = addressGroup(address);
    if (this.#hasRoom(group)) {
      this.#change(group, 1);
      onEnd(() => this.#change(group, -1));
      return "serve";
    }
    if (this.#told >= TOLD_MAX) return "drop";
    this.#told++;
    onEnd(() => {
      this.#told--;
    });
    return "tell";
  }

  #hasRoom(group: string): boolean {
    const { maxConnections, maxConnectionsPerAddress = Number.POSITIVE_INFINITY } = this.#limits;
    return this.#total < maxConnections && (this.#served.get(group) ?? 0) < maxConnectionsPerAddress;
  }

  #change(group: string, delta: 1 | -1): void {
    this.#total += delta;
    const count = (this.#served.get(group) ?? 0) + delta;
    if (count > 0) this.#served.set(group, count);
    else this.#served.delete(group);
  }
}
