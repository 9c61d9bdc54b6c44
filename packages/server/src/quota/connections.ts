/** An HTTP/1 socket or an HTTP/2 session. */
export interface Connection {
  /** True once it is on its way to `close`, or past it: nobody is told then any more. */
  readonly destroyed?: boolean;
  once(event: "close", listener: () => void): unknown;
}

/** Which connections serve which namespaces, by their numbers: each from its first request there until it closes. */
export class Connections {
  readonly #namespaces = new WeakMap<Connection, Set<number>>();
  readonly #counts = new Map<number, number>();
  /** Those that serve any namespace. */
  #total = 0;

  /** Connections that serve this namespace now. */
  of(namespace: number): number {
    return this.#counts.get(namespace) ?? 0;
  }

  /** Connections that serve any namespace now; one that serves several counts once. */
  get total(): number {
    return this.#total;
  }

  /** True when the connection serves this namespace already. */
  has(connection: Connection, namespace: number): boolean {
    return this.#namespaces.get(connection)?.has(namespace) === true;
  }

  /** Notes that a connection serves a namespace. Nothing when it did before. */
  add(connection: Connection, namespace: number): void {
    const served = this.#namespaces.get(connection) ?? this.#begin(connection);
    if (served.has(namespace)) return;
    served.add(namespace);
    this.#change(namespace, 1);
  }

  #begin(connection: Connection): Set<number> {
    const served = new Set<number>();
    this.#namespaces.set(connection, served);
    this.#total++;
    connection.once("close", () => {
      this.#total--;
      for (const namespace of served) this.#change(namespace, -1);
    });
    return served;
  }

  #change(namespace: number, delta: 1 | -1): void {
    const count = this.of(namespace) + delta;
    if (count > 0) this.#counts.set(namespace, count);
    else this.#counts.delete(namespace);
  }
}
