import type { Socket } from "node:net";
import { Outbox } from "../outbox.js";
import { FrameConnection } from "./connection.js";
import type { FrameDoorOptions, ToNode } from "./options.js";

/**
 * The lane on connections of HTTP/2 as they are: Node's streams take longer than the rest of a short call. It speaks HTTP/2 itself, for the plain
 * calls of the lane; every other stream goes to a session of Node within the connection.
 */
export class FrameDoor {
  readonly #options: FrameDoorOptions;
  readonly #outbox = new Outbox();
  readonly #open = new Set<FrameConnection>();
  #isDraining = false;

  constructor(options: FrameDoorOptions) {
    this.#options = options;
  }

  /** @returns false, and nothing is done, when the connection is not for the lane */
  take(socket: Socket, toNode: ToNode): boolean {
    if (this.#isDraining || this.#options.isTlsRequired || "encrypted" in socket) return false;
    const connection = new FrameConnection(this.#options, socket, {
      outbox: this.#outbox,
      toNode,
      onOver: () => void this.#open.delete(connection),
    });
    this.#open.add(connection);
    return true;
  }

  /** Clients are told to go; what they have sent is answered. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#open) connection.drain();
  }
}
