/** Time without a turn of the event loop after which one is given. */
const BUSY_MS = 4;

/**
 * Gives the event loop a turn now and then. Files of the private file system are read and written synchronously, so without it a
 * worker that writes all the time would run on in microtasks: it would see no message, and live on for two seconds after its
 * page is gone, holding the store.
 */
export class Turns {
  #lastMs = performance.now();
  readonly #waiting: (() => void)[] = [];
  readonly #channel = new MessageChannel();

  constructor() {
    // A message, since a browser clamps timers to 4 ms.
    this.#channel.port1.onmessage = () => {
      this.#lastMs = performance.now();
      for (const resume of this.#waiting.splice(0)) resume();
    };
  }

  /** Returns at once while the last turn is recent, else after one. */
  async give(): Promise<void> {
    if (performance.now() - this.#lastMs < BUSY_MS) return;
    await new Promise<void>((resume) => {
      if (this.#waiting.push(resume) === 1) this.#channel.port2.postMessage(undefined);
    });
  }
}
