import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { RequestAccount } from "../../quota/request-account.js";
import type { Ride } from "../lane.js";
import type { Reply, Sink } from "../sink.js";
import type { HeaderList } from "./header-list.js";
import type { Answering } from "./outflow.js";
import type { PlainHead } from "./plain-head.js";

/** Who sends answers. */
export interface Sender {
  /** The handler has answered; nothing is sent when nobody is left. */
  send(stream: HotStream, reply: Reply): void;
}

/** What a stream of the lane begins with. */
export interface HotStart {
  readonly id: number;
  readonly head: PlainHead;
  /** As it came, for somebody else who may have to read it. */
  readonly list: HeaderList;
  readonly handler: UniversalHandler;
  readonly requestId: string;
  /** Bytes that the client takes on it. */
  readonly window: number;
}

/** A stream of the lane, from its headers until its answer is on its way. */
export class HotStream implements Answering, Sink {
  readonly start: HotStart;
  readonly #sender: Sender;
  /** Set with its headers. */
  ride!: Ride;
  /** Set when the call begins. */
  account: RequestAccount | undefined;
  /** Of the body, as it came. */
  readonly chunks: Buffer[] = [];
  bytes = 0;
  /** All of the body is here. */
  hasEnded = false;
  window: number;
  rest: Buffer | undefined;
  trailers: Buffer | undefined;
  isGone = false;
  #listeners: Set<() => void> | undefined;

  constructor(start: HotStart, sender: Sender) {
    this.start = start;
    this.#sender = sender;
    this.window = start.window;
  }

  get id(): number {
    return this.start.id;
  }

  /** The body so far. */
  get body(): Buffer {
    return this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
  }

  send(reply: Reply): void {
    if (!this.isGone) this.account?.sent(reply.body?.length ?? 0);
    // Before the caller can know: who asks for usage after an answer finds it counted.
    this.account?.end();
    this.#sender.send(this, reply);
  }

  /** Nobody waits for the answer any more. */
  leave(): void {
    this.isGone = true;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener();
  }

  onGone(listener: () => void): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }
}
