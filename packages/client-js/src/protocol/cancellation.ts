/** How a call is ended from outside. An AbortSignal is made only for who needs one, since it costs as much as a small message. */
export interface Cancellation {
  readonly aborted: boolean;
  /** Why; undefined until it is aborted. */
  readonly reason: unknown;
  /** The same for those who take signals. */
  readonly signal: AbortSignal;
  /**
   * Runs `stop` when the call is ended, in place of what was given before: a call has one request at a time.
   *
   * @returns forgets `stop`
   */
  onAbort(stop: () => void): () => void;
}

/** One that can be aborted. */
export class Canceler implements Cancellation {
  #isAborted = false;
  #reason: unknown;
  #stop: (() => void) | undefined;
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** The first time counts. */
  abort(reason?: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#stop?.();
  }

  onAbort(stop: () => void): () => void {
    this.#stop = stop;
    return () => {
      if (this.#stop === stop) this.#stop = undefined;
    };
  }
}
