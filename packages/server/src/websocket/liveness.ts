import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** What a look at a socket comes to. */
export type Liveness = "alive" | "idle" | "dead";

/**
 * Tells sockets whose peer is gone, and those that nobody uses. It counts looks and no times, so that a clock that is set matters not:
 * whoever owns it calls `look` at even intervals, and pings what is alive.
 */
export class LivenessWatch {
  readonly #socket: Socket;
  readonly #idleLooks: number;
  #hasHeard = true;
  #silentLooks = 0;
  /** What waited to be sent at the last look, and what had been sent by then; bytes. */
  #waitingBytes = 0;
  #sentBytes = 0;
  #looksSinceUse = 0;

  /** @param idleLooks  looks without use after which a socket is idle, 1 or more */
  constructor(webSocket: WebSocket, socket: Socket, idleLooks: number) {
    this.#socket = socket;
    this.#idleLooks = idleLooks;
    webSocket.on("pong", () => {
      this.#hasHeard = true;
    });
  }

  /** A frame came. */
  use(): void {
    this.#hasHeard = true;
    this.#looksSinceUse = 0;
  }

  /** Looks at what happened since the last look. @param isBusy  whether a query runs */
  look(isBusy: boolean): Liveness {
    const hasTaken = this.#hasTaken();
    this.#silentLooks = this.#hasHeard || hasTaken ? 0 : this.#silentLooks + 1;
    this.#hasHeard = false;
    this.#looksSinceUse = isBusy ? 0 : this.#looksSinceUse + 1;
    if (this.#silentLooks > SILENT_LOOKS_MAX) return "dead";
    return this.#looksSinceUse > this.#idleLooks ? "idle" : "alive";
  }

  /** Whether the peer took some of what waited: a slow reader comes to a ping only behind its results. */
  #hasTaken(): boolean {
    const { bytesWritten, writableLength } = this.#socket;
    // Node counts what waits among what was written.
    const sentBytes = bytesWritten - writableLength;
    const hasTaken = this.#waitingBytes > 0 && sentBytes > this.#sentBytes;
    this.#sentBytes = sentBytes;
    this.#waitingBytes = writableLength;
    return hasTaken;
  }
}

/** Pings without an answer: what the system holds for a slow reader takes its time too. */
const SILENT_LOOKS_MAX = 1;
