/** Lets shared tasks run together, and an exclusive one alone. */
export class Gate {
  readonly #shared = new Set<Promise<unknown>>();
  #exclusive: Promise<void> | undefined;

  /** Runs `task` once no exclusive task runs. */
  async shared<T>(task: () => Promise<T>): Promise<T> {
    while (this.#exclusive !== undefined) await this.#exclusive;
    const running = task();
    this.#shared.add(running);
    try {
      return await running;
    } finally {
      this.#shared.delete(running);
    }
  }

  /** Runs `task` once those that run are done; others wait until it is over. */
  async exclusive<T>(task: () => Promise<T>): Promise<T> {
    while (this.#exclusive !== undefined) await this.#exclusive;
    let open = (): void => {};
    this.#exclusive = new Promise((resolve) => {
      open = resolve;
    });
    try {
      await Promise.allSettled(this.#shared);
      return await task();
    } finally {
      this.#exclusive = undefined;
      open();
    }
  }
}
