/** Who keeps answers for the end of the turn. */
export interface Writer {
  /** Writes what is kept; nothing when there is nothing. */
  flush(): void;
}

/**
 * Writers that wait for the next one, at most: who comes first waits for the calls of all others, and a wake-up shared by this many
 * is nearly nothing for each.
 */
const WRITERS_MAX = 16;

/**
 * Has the answers of one turn of the event loop written together, at its end. A client that sleeps is woken by the first of them, which the
 * system counts as work of the server, a third of all that a short call takes; the others find it awake. Who is alone waits for nothing.
 */
export class Outbox {
  #writers: Writer[] = [];
  #immediate: NodeJS.Immediate | undefined;

  /** Has it flushed in this turn, or at once: what it keeps is to be there. */
  add(writer: Writer): void {
    this.#writers.push(writer);
    if (this.#writers.length >= WRITERS_MAX) this.#flush();
    else this.#immediate ??= setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    const writers = this.#writers;
    this.#writers = [];
    for (const writer of writers) writer.flush();
  };
}
