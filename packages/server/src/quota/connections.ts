/** An HTTP/1 socket or an HTTP/2 session. */
export interface Connection {
  /** True once it is on its way to `close`, or past it: nobody is told then any more. */
  readonly destroyed?: boolean;
  once(event: "close", listener: () => void): unknown;
}

/** Which connections serve which namespaces: each from its first request there until it closes. */
export class Connections {
  readonly #namespaces = new WeakMap<Connection, Set<string>>();
  readonly #counts = new Map<string, number>();
  /** Those that serve any namespace. */
  #total = 0;

  /** Connections that serve this namespace now. */
  of(namespace: string): number {
    return this.#counts.get(namespace) ?? 0;
  }

  /** Connections that serve any namespace now; one that serves several counts once. */
  get total(): number {
    return this.#total;
  }

  /** True when the connection serves this namespace already. */
  has(connection: Connection, namespace: string): boolean {
    return this.#namespaces.get(connection)?.has(namespace) === true;
  }

  /** Notes that a connection serves a namespace. Nothing when it did before. */
  add(connection: Connection, namespace: string): void {
    const served = this.#namespaces.get(connection) ?? this.#begin(connection);
    if (served.has(namespace)) return;
    served.add(namespace);
    this.#change(namespace, 1);
  }

  #begin(connection: Connection): Set<string> {
    const served = new Set<string>();
    this.#namespaces.set(connection, served);
    this.#total++;
    connection.once("close", () => {
      this.#total--;
      for (const namespace of served) this.#change(namespace, -1);
    });
    return served;
  }

  #change(namespace: string, delta: 1 | -1): void {
    const count = this.of(namespace) + delta;
    if (count > 0) this.#counts.set(namespace, count);
    else this.#counts.delete(namespace);
  }
}
