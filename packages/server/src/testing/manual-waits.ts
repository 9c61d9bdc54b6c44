import type { Clock } from "@vecstore/client";

/** A clock that moves only when somebody waits, at once by as much. */
export class ManualWaits implements Clock {
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(delayMs: number): Promise<void> {
    this.#nowMs += delayMs;
  }
}
