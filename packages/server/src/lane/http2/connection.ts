import type { Socket } from "node:net";
import { CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES } from "../../node-http.js";
import type { Log } from "../../observability/logger.js";
import type { Outbox } from "../outbox.js";
import {
  CODE,
  ConnectionError,
  FLAG,
  type Frame,
  FrameReader,
  frameOf,
  goawayFrame,
  incrementIn,
  numberFrame,
  PREFACE,
  SETTING,
  SETTINGS_ACK,
  settingsFrame,
  TYPE,
  WINDOW_BYTES,
} from "./frames.js";
import { HeaderBlocks } from "./header-blocks.js";
import { Inflow } from "./inflow.js";
import type { FrameDoorOptions, ToNode } from "./options.js";
import { Outflow } from "./outflow.js";
import { settingsIn } from "./settings.js";
import { Streams, type StreamsOwner } from "./streams.js";

/** Who has a connection. */
export interface ConnectionOwner {
  readonly outbox: Outbox;
  readonly toNode: ToNode;
  /** Told once, when it has ended. */
  readonly onOver: () => void;
}

/** How long a client that was told to go may take. */
const LINGER_MS = 1_000;

/** A connection of HTTP/2: RFC 9113, as a server that pushes nothing and has no priorities. */
export class FrameConnection implements StreamsOwner {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #blocks: HeaderBlocks;
  readonly #streams: Streams;
  readonly out: Outflow;
  readonly inflow: Inflow;
  readonly #idleTimeoutMs: number;
  readonly #log: Log;
  #prefaceBytes = 0;
  #hasSettings = false;
  #isDraining = false;
  /** Nothing more is read. */
  #isOver = false;
  /** Who waits for the client to take what there is. */
  #waiters: (() => void)[] = [];

  constructor(options: FrameDoorOptions, socket: Socket, { outbox, toNode, onOver }: ConnectionOwner) {
    const { limits } = options;
    this.#socket = socket;
    this.#log = options.log;
    this.#idleTimeoutMs = limits.idleTimeoutMs;
    this.out = new Outflow(socket, outbox, (stream) => this.#streams.sent(stream));
    this.inflow = new Inflow((bytes) => this.out.write(numberFrame(TYPE.windowUpdate, 0, bytes)));
    this.#blocks = new HeaderBlocks(limits.maxHeaderBytes);
    this.#streams = new Streams({ ...options, socket, toNode }, this);
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      this.#isOver = true;
      this.#streams.destroy();
      this.#goOn();
      onOver();
    });
    socket.on("timeout", this.#onTimeout);
    socket.setTimeout(limits.idleTimeoutMs);
    this.#greet(limits);
    socket.resume();
  }

  /** Tells the client to go, and ends when what it has sent is answered. */
  drain(): void {
    if (this.#isDraining || this.#isOver) return;
    this.#isDraining = true;
    this.#streams.close();
    this.out.write(goawayFrame(this.#streams.last, CODE.noError));
    this.onStreamOver();
  }

  onStreamOver(): void {
    if (this.#isDraining && this.#streams.size === 0 && !this.out.isHolding) this.#end();
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    const code = error instanceof ConnectionError ? error.code : CODE.internalError;
    this.out.write(goawayFrame(this.#streams.last, code));
    this.#end();
    if (error instanceof ConnectionError) return;
    this.#log.error({ error: String(error), backtrace: (error as Error)?.stack }, "request_error");
  }

  whenTaken(goOn: () => void): void {
    if (this.out.isFull && !this.#isOver) this.#waiters.push(goOn);
    else goOn();
  }

  #greet({ maxConcurrentStreams, maxHeaderBytes }: FrameDoorOptions["limits"]): void {
    const settings = [
      [SETTING.maxConcurrentStreams, maxConcurrentStreams],
      [SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
      [SETTING.maxHeaderListSize, maxHeaderBytes],
    ] as const;
    this.out.write(settingsFrame(settings));
    this.out.write(numberFrame(TYPE.windowUpdate, 0, CONNECTION_WINDOW_BYTES - WINDOW_BYTES));
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#reader.read(this.#afterPreface(chunk), this.#onFrame);
    } catch (error) {
      this.fail(error);
    }
    if (this.#isOver) return;
    this.#streams.watch();
    this.onStreamOver();
    this.#afterFrames();
  };

  /** It was looked at before: nobody comes here without it. */
  #afterPreface(chunk: Buffer): Buffer {
    const bytes = Math.min(chunk.length, PREFACE.length - this.#prefaceBytes);
    this.#prefaceBytes += bytes;
    return bytes === 0 ? chunk : chunk.subarray(bytes);
  }

  readonly #onFrame = (frame: Frame): void => {
    if (this.#isOver) return;
    const { type, stream } = frame;
    if (!this.#hasSettings && type !== TYPE.settings) throw protocolError("the first frame is not SETTINGS");
    if (this.#blocks.open !== 0 && type !== TYPE.continuation) throw protocolError("a header block is broken off");
    if (type === TYPE.data) this.#streams.data(frame);
    else if (type === TYPE.headers || type === TYPE.continuation) this.#headers(frame);
    else if (type === TYPE.windowUpdate && stream === 0) this.#streams.widenConnection(incrementIn(frame));
    else if (type === TYPE.windowUpdate) this.#streams.widen(frame);
    else if (type === TYPE.rstStream) this.#streams.reset(frame);
    else if (type === TYPE.priority) this.#streams.priority(frame);
    else if (type === TYPE.settings || type === TYPE.ping || type === TYPE.goaway) this.#ofConnection(frame);
    else if (type === TYPE.pushPromise) throw protocolError("a client pushes");
  };

  #headers(frame: Frame): void {
    if (frame.stream % 2 === 0) throw protocolError("HEADERS of a stream that no client may begin");
    const block = this.#blocks.take(frame);
    if (block !== undefined) this.#streams.headers(block);
  }

  #ofConnection({ type, stream, flags, payload }: Frame): void {
    if (stream !== 0) throw protocolError("a frame of the connection names a stream");
    const isAck = (flags & FLAG.ack) !== 0;
    if (type === TYPE.settings) return void this.#settings(payload, isAck);
    if (type !== TYPE.ping) return;
    if (payload.length !== 8) throw new ConnectionError(CODE.frameSizeError, "PING has another length");
    if (!isAck) this.out.write(frameOf(TYPE.ping, FLAG.ack, 0, payload));
  }

  #settings(payload: Buffer, isAck: boolean): void {
    if (isAck && payload.length > 0)
      throw new ConnectionError(CODE.frameSizeError, "SETTINGS are acknowledged with more");
    if (isAck) return;
    this.#hasSettings = true;
    const { initialWindow } = settingsIn(payload);
    // First: what is sent by new settings must come behind the word that they are heeded.
    this.out.write(SETTINGS_ACK);
    if (initialWindow !== undefined) this.#streams.resize(initialWindow);
  }

  /** Who does not read answers must not have more of them kept. */
  #afterFrames(): void {
    if (this.#socket.writableNeedDrain) this.#socket.pause();
    this.#goOn();
  }

  readonly #onDrain = (): void => {
    this.#socket.resume();
    this.out.pump();
    this.#goOn();
  };

  #goOn(): void {
    while (this.#waiters.length > 0 && (this.#isOver || !this.out.isFull)) this.#waiters.shift()!();
  }

  /** A call that computes is no idle connection. */
  readonly #onTimeout = (): void => {
    if (this.#isOver) return void this.#socket.destroy();
    this.#streams.onIdle();
    if (this.#streams.size > 0) this.#socket.setTimeout(this.#idleTimeoutMs);
    else this.drain();
  };

  /** What there is to say is said; the client closes, or is cut. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.out.flush();
    this.#streams.destroy();
    this.#socket.end();
    // Of silence: who still takes answers may.
    this.#socket.setTimeout(LINGER_MS);
  }
}

function protocolError(message: string): ConnectionError {
  return new ConnectionError(CODE.protocolError, message);
}
