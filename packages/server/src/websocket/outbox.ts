import type { WebSocket } from "ws";
import { refusal } from "../errors.js";
import { WEBSOCKET_LIMITS } from "./limits.js";

/** Sends frames no faster than the reader takes them. */
export class Outbox {
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];
  #unsentErrors = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.once("close", () => this.#wake());
  }

  /**
   * Sends a frame; resolves when the next may follow, or when the signal fires.
   *
   * @throws ConnectError CANCELED when the socket closes: what makes the frames must not go on
   */
  async send(text: string, signal: AbortSignal): Promise<void> {
    this.#assertOpen();
    this.#socket.send(text, () => {
      if (this.#hasRoom) this.#wake();
    });
    while (!this.#hasRoom && !signal.aborted) await this.#wait(signal);
    this.#assertOpen();
  }

  #assertOpen(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) throw refusal("CANCELED", "the caller went away");
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        signal.removeEventListener("abort", end);
        resolve();
      };
      signal.addEventListener("abort", end);
      this.#waiting.push(end);
    });
  }

  /** Sends a frame that cannot wait, since nothing waits for it: while too many are unsent, nothing is read that could cause more. */
  sendError(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (++this.#unsentErrors >= WEBSOCKET_LIMITS.unsentErrorsMax) this.#socket.pause();
    this.#socket.send(text, () => {
      if (this.#hasRoom) this.#wake();
      if (--this.#unsentErrors === 0) this.#socket.resume();
    });
  }

  get #hasRoom(): boolean {
    const { readyState, OPEN, bufferedAmount } = this.#socket;
    return readyState !== OPEN || bufferedAmount <= WEBSOCKET_LIMITS.bufferedBytesMax;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
