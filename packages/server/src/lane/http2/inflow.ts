import { CONNECTION_WINDOW_BYTES } from "../../node-http.js";
import { CODE, ConnectionError } from "./frames.js";

/** The client is told that it may send more when it has used so much of the window. */
const CREDIT_BYTES_MIN = CONNECTION_WINDOW_BYTES / 4;

/** The window of what a client sends on a connection. */
export class Inflow {
  readonly #onCredit: (bytes: number) => void;
  #window = CONNECTION_WINDOW_BYTES;
  /** What it may have again and was not told yet. */
  #credit = 0;

  /** @param onCredit  tells the client */
  constructor(onCredit: (bytes: number) => void) {
    this.#onCredit = onCredit;
  }

  /** Bytes came. @throws ConnectionError when they are more than the client may send */
  take(bytes: number): void {
    this.#window -= bytes;
    if (this.#window < 0) throw new ConnectionError(CODE.flowControlError, "more DATA than the window allows");
  }

  /** Bytes are done with. */
  giveBack(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit < CREDIT_BYTES_MIN) return;
    this.#onCredit(this.#credit);
    this.#window += this.#credit;
    this.#credit = 0;
  }
}
