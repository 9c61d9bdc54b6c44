import type { Socket } from "node:net";
import type { Outbox, Writer } from "../outbox.js";
import {
  CODE,
  ConnectionError,
  FLAG,
  frameOf,
  headerFrames,
  PAYLOAD_BYTES_MAX,
  TYPE,
  WINDOW_BYTES,
  WINDOW_BYTES_MAX,
} from "./frames.js";

/** A stream of the lane, as far as its answer has been sent. */
export interface Answering {
  readonly id: number;
  /** Bytes that the client takes on it; below 0 when it has changed its mind. */
  window: number;
  /** Of the answer's body, what the client does not take yet. */
  rest: Buffer | undefined;
  /** The block of what ends it after the body; undefined: the body does. */
  trailers: Buffer | undefined;
}

/** Frames of another maker that wait for the connection's window. */
interface Held {
  readonly bytes: Buffer;
  readonly dataBytes: number;
}

const NOTHING = Buffer.alloc(0);
/** Bytes of answers that wait for clients, of one connection: as Node allows a session. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes that are handed to a socket before it has taken them: more would be kept there, past what is counted here. */
const SOCKET_BYTES_MAX = 1024 * 1024;

/** All that a connection sends: within the client's windows, and the frames of one turn together. */
export class Outflow implements Writer {
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #onSent: (stream: Answering) => void;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** In the order they came. */
  #held: Held[] = [];
  readonly #waiting = new Set<Answering>();
  #waitingBytes = 0;
  /** Bytes that the client takes on the connection. */
  window = WINDOW_BYTES;
  /** Bytes of the lane's answers that the other maker was not told of. */
  laneBytes = 0;

  /** @param onSent  told when all of an answer is on its way */
  constructor(socket: Socket, outbox: Outbox, onSent: (stream: Answering) => void) {
    this.#socket = socket;
    this.#outbox = outbox;
    this.#onSent = onSent;
  }

  /** Streams whose answers the client does not take. */
  get waiting(): ReadonlySet<Answering> {
    return this.#waiting;
  }

  /** True when more should not come until the client has taken what there is. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain || this.#held.length > 0;
  }

  /** True while frames of another maker wait for the connection's window. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** Frames that no window is for. */
  write(frames: Buffer): void {
    this.#kept.push(frames);
    this.#keptBytes += frames.length;
    if (this.#kept.length === 1) this.#outbox.add(this);
  }

  flush(): void {
    const kept = this.#kept;
    if (kept.length === 0 || this.#socket.destroyed) return;
    this.#kept = [];
    this.#keptBytes = 0;
    const isTaken = this.#socket.write(kept.length === 1 ? kept[0]! : Buffer.concat(kept));
    // Nobody tells of a drain then.
    if (isTaken && this.#waiting.size > 0) this.pump();
  }

  /** An answer: the block of its headers, its body, and what comes after it. */
  answer(stream: Answering, head: Buffer, body: Uint8Array = NOTHING): void {
    const isWhole = body.length === 0 && stream.trailers === undefined;
    for (const frame of headerFrames(stream.id, head, isWhole)) this.write(frame);
    if (isWhole) return void this.#onSent(stream);
    if (body.length > 0) {
      this.#waitingBytes += body.length;
      stream.rest = Buffer.from(body.buffer, body.byteOffset, body.length);
    }
    if (this.#held.length === 0 || stream.rest === undefined) this.#send(stream);
    if (stream.rest !== undefined) this.#wait(stream);
  }

  /** Frames of another maker, who keeps to the windows of its streams. */
  relay(bytes: Buffer, dataBytes: number): void {
    const held = { bytes, dataBytes };
    if (this.#held.length > 0 || dataBytes > this.window) this.#held.push(held);
    else this.#pass(held);
  }

  /** The client takes more on the connection. @throws ConnectionError when that is more than there can be */
  widen(bytes: number): void {
    this.window += bytes;
    if (this.window > WINDOW_BYTES_MAX) throw new ConnectionError(CODE.flowControlError, "the window is too large");
    this.pump();
  }

  /** Sends what the windows allow by now. */
  pump(): void {
    while (this.#held.length > 0 && this.#held[0]!.dataBytes <= this.window) this.#pass(this.#held.shift()!);
    if (this.#held.length > 0) return;
    for (const stream of this.#waiting) this.#send(stream);
  }

  /** Nobody wants the rest of an answer. @returns false when there is none yet */
  drop(stream: Answering): boolean {
    this.#waitingBytes -= stream.rest?.length ?? 0;
    stream.rest = undefined;
    return this.#waiting.delete(stream);
  }

  #pass({ bytes, dataBytes }: Held): void {
    this.window -= dataBytes;
    this.write(bytes);
  }

  #wait(stream: Answering): void {
    this.#waiting.add(stream);
    if (this.#waitingBytes <= WAITING_BYTES_MAX) return;
    throw new ConnectionError(CODE.enhanceYourCalm, "too many bytes wait for a client that does not read them");
  }

  /** As much of the rest as both windows and the socket allow. */
  #send(stream: Answering): void {
    for (let { rest } = stream; rest !== undefined; rest = stream.rest) {
      const bytes = Math.min(rest.length, PAYLOAD_BYTES_MAX, this.window, stream.window);
      if (bytes <= 0 || this.#keptBytes + this.#socket.writableLength > SOCKET_BYTES_MAX) return;
      const isEnd = bytes === rest.length && stream.trailers === undefined;
      this.write(dataFrame(stream.id, rest.subarray(0, bytes), isEnd));
      this.window -= bytes;
      this.laneBytes += bytes;
      stream.window -= bytes;
      this.#waitingBytes -= bytes;
      stream.rest = bytes === rest.length ? undefined : rest.subarray(bytes);
    }
    this.#waiting.delete(stream);
    const { trailers } = stream;
    if (trailers !== undefined) for (const frame of headerFrames(stream.id, trailers, true)) this.write(frame);
    this.#onSent(stream);
  }
}

function dataFrame(stream: number, payload: Buffer, isLast: boolean): Buffer {
  return frameOf(TYPE.data, isLast ? FLAG.endStream : 0, stream, payload);
}
