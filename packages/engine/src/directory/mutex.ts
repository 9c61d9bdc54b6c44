/** Runs tasks one after the other, in the order asked. A task that fails does not stop the next. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();
  #count = 0;

  /** True while no task runs or waits. */
  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** Returns what `task` returns, once those before it are done. */
  run<T>(task: () => Promise<T>): Promise<T> {
    this.#count++;
    const result = this.#tail.then(task).finally(() => this.#count--);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Returns when everything asked so far is done. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
