import { Duplex } from "node:stream";
import {
  CODE,
  FLAG,
  type Frame,
  FrameReader,
  frameOf,
  HEAD_BYTES,
  headerFrames,
  incrementIn,
  numberFrame,
  PAYLOAD_BYTES_MAX,
  PREFACE,
  SETTING,
  SETTINGS_ACK,
  settingsFrame,
  TYPE,
  WINDOW_BYTES,
} from "./frames.js";
import { encodeHeaders } from "./header-encoder.js";
import type { HeaderList } from "./header-list.js";

/** Who is told what Node's session says. */
export interface RelayHooks {
  /** A frame for the client, or a header block's frames, which stay together. @param dataBytes of the connection's window */
  frames(bytes: Buffer, dataBytes: number): void;
  /** Bytes of the connection's window that were given out may come again. */
  credit(bytes: number): void;
  /** Calls back when the client has taken enough for more. */
  whenTaken(goOn: () => void): void;
  /** A stream is over, on both sides. */
  closed(stream: number): void;
  /** Node has ended its session, and found it broken when there is a code. These streams will not go on. */
  over(code: number, open: readonly number[]): void;
  /** Node takes no more streams, and has not looked at these. */
  leaving(unseen: readonly number[]): void;
}

/** What a session of Node begins with. */
export interface RelayStart {
  /** Bytes that may be sent on each stream. */
  readonly streamWindow: number;
  /** Bytes that may be sent on the connection. */
  readonly window: number;
}

/** One stream, on both sides. */
interface Relayed {
  /** Its id in Node's session. */
  readonly inner: number;
  readonly outer: number;
  hasClientEnded: boolean;
  hasNodeEnded: boolean;
}

/**
 * A session of Node's HTTP/2 within a connection: it has the streams that are not for the lane, by ids of its own. What the connection
 * itself is asked for is answered outside, and Node has no table of headers, so that its blocks build on nothing.
 */
export class Relay {
  readonly #hooks: RelayHooks;
  readonly #side: Duplex;
  readonly #reader = new FrameReader();
  readonly #outer = new Map<number, Relayed>();
  readonly #inner = new Map<number, Relayed>();
  #nextInner = 1;
  /** Frames of a header block whose end is still to come. */
  #block: Buffer[] = [];
  /** Bytes of data that Node was given and has not given back. */
  #owed = 0;
  #isOver = false;
  /** What waits until Node's settings hold: before, its windows are smaller than what the client was told. */
  #early: Buffer[] | undefined = [];

  /** @param toNode  makes a session of Node on the other side of what is handed in */
  constructor(toNode: (side: Duplex) => void, start: RelayStart, hooks: RelayHooks) {
    this.#hooks = hooks;
    this.#side = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) => this.#take(chunk, done),
      final: (done) => {
        done();
        this.#side.destroy();
      },
      destroy: (_error, done) => {
        this.#end(CODE.noError);
        done(null);
      },
    });
    this.#side.on("error", () => {});
    toNode(this.#side);
    this.#side.push(PREFACE);
    const { streamWindow, window } = start;
    const settings = [
      [SETTING.headerTableSize, 0],
      [SETTING.enablePush, 0],
      [SETTING.initialWindowSize, streamWindow],
    ] as const;
    this.#side.push(settingsFrame(settings));
    this.widen(0, window - WINDOW_BYTES);
  }

  /** Streams that are not over. */
  get size(): number {
    return this.#outer.size;
  }

  has(stream: number): boolean {
    return this.#outer.has(stream);
  }

  /** Headers of a new stream, or trailers. */
  headers(stream: number, list: HeaderList, isLast: boolean): void {
    const relayed = this.#outer.get(stream) ?? this.#begin(stream);
    for (const frame of headerFrames(relayed.inner, encodeHeaders(list), isLast)) this.#push(frame);
    if (isLast) this.#clientEnded(relayed);
  }

  /** Bytes of a body whose window the client has again already. */
  data(stream: number, bytes: Buffer, isLast: boolean): void {
    const relayed = this.#outer.get(stream)!;
    let at = 0;
    do {
      const piece = bytes.subarray(at, at + PAYLOAD_BYTES_MAX);
      at += piece.length;
      const isEnd = isLast && at >= bytes.length;
      this.#push(frameOf(TYPE.data, isEnd ? FLAG.endStream : 0, relayed.inner, piece));
    } while (at < bytes.length);
    if (isLast) this.#clientEnded(relayed);
  }

  /** A frame of data as it came; Node says when the client may have its window again. Its id is written over: nothing is copied. */
  dataFrame({ payload, flags, stream }: Frame): void {
    const relayed = this.#outer.get(stream)!;
    this.#owed += payload.length;
    const whole = Buffer.from(payload.buffer, payload.byteOffset - HEAD_BYTES, HEAD_BYTES + payload.length);
    whole.writeUInt32BE(relayed.inner, 5);
    this.#push(whole);
    if ((flags & FLAG.endStream) !== 0) this.#clientEnded(relayed);
  }

  reset(stream: number, code: number): void {
    const relayed = this.#outer.get(stream)!;
    this.#push(numberFrame(TYPE.rstStream, relayed.inner, code));
    this.#close(relayed);
  }

  /** @param stream  0: the connection */
  widen(stream: number, bytes: number): void {
    const inner = stream === 0 ? 0 : this.#outer.get(stream)!.inner;
    if (bytes > 0) this.#push(numberFrame(TYPE.windowUpdate, inner, bytes));
  }

  /** The client takes so many bytes on each new stream. */
  resize(window: number): void {
    this.#push(settingsFrame([[SETTING.initialWindowSize, window]]));
  }

  /** Nobody needs it any more. */
  destroy(): void {
    this.#isOver = true;
    this.#settle();
    this.#side.destroy();
  }

  #begin(outer: number): Relayed {
    const relayed = { inner: this.#nextInner, outer, hasClientEnded: false, hasNodeEnded: false };
    this.#nextInner += 2;
    this.#outer.set(outer, relayed);
    this.#inner.set(relayed.inner, relayed);
    return relayed;
  }

  #push(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#early === undefined) this.#side.push(bytes);
    else this.#early.push(bytes);
  }

  #acknowledge(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const bytes of [SETTINGS_ACK, ...early]) this.#push(bytes);
  }

  #take(chunk: Buffer, done: () => void): void {
    if (this.#isOver) return void done();
    // A copy: Node owns what it wrote until it is told, and ids are written over.
    this.#reader.read(Buffer.from(chunk), (frame) => this.#fromNode(frame));
    this.#hooks.whenTaken(done);
  }

  #fromNode(frame: Frame): void {
    const { type, flags, stream, payload } = frame;
    if (type === TYPE.settings && (flags & FLAG.ack) === 0) return void this.#acknowledge();
    if (type === TYPE.goaway) return void this.#wentAway(payload);
    if (type === TYPE.windowUpdate && stream === 0) return void this.#credit(incrementIn(frame));
    const relayed = this.#inner.get(stream);
    // Of the session itself, and of streams that were reset: their data goes to nobody, and Node has its window again.
    if (relayed === undefined) return void (type === TYPE.data && this.widen(0, payload.length));
    const whole = Buffer.from(payload.buffer, payload.byteOffset - HEAD_BYTES, HEAD_BYTES + payload.length);
    whole.writeUInt32BE(relayed.outer, 5);
    if (type === TYPE.headers || type === TYPE.continuation) this.#header(whole, flags);
    else this.#hooks.frames(whole, type === TYPE.data ? payload.length : 0);
    if (type === TYPE.rstStream) return void this.#close(relayed);
    // What ends the block ends it here too: a flag of HEADERS stands before its continuations.
    if ((type === TYPE.data || type === TYPE.headers) && (flags & FLAG.endStream) !== 0) relayed.hasNodeEnded = true;
    this.#closeEnded(relayed);
  }

  #header(whole: Buffer, flags: number): void {
    this.#block.push(whole);
    if ((flags & FLAG.endHeaders) === 0) return;
    const block = this.#block.length === 1 ? whole : Buffer.concat(this.#block);
    this.#block = [];
    this.#hooks.frames(block, 0);
  }

  /** Never more than was given out: Node begins by making its own window larger. */
  #credit(bytes: number): void {
    const credit = Math.min(bytes, this.#owed);
    this.#owed -= credit;
    if (credit > 0) this.#hooks.credit(credit);
  }

  #clientEnded(relayed: Relayed): void {
    relayed.hasClientEnded = true;
    this.#closeEnded(relayed);
  }

  #closeEnded(relayed: Relayed): void {
    if (relayed.hasClientEnded && relayed.hasNodeEnded && this.#block.length === 0) this.#close(relayed);
  }

  #close({ inner, outer }: Relayed): void {
    if (!this.#inner.delete(inner)) return;
    this.#outer.delete(outer);
    this.#hooks.closed(outer);
  }

  #wentAway(payload: Buffer): void {
    const last = payload.readUInt32BE();
    const code = payload.readUInt32BE(4);
    if (code !== CODE.noError) return void this.#end(code);
    // It goes on with what it has, and its end is told when it has ended.
    const unseen = [...this.#inner.values()].filter(({ inner }) => inner > last);
    this.#hooks.leaving(unseen.map(({ outer }) => outer));
  }

  #end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle();
    this.#hooks.over(code, [...this.#outer.keys()]);
  }

  /** What Node kept of the window comes again with what it was for. */
  #settle(): void {
    if (this.#owed > 0) this.#hooks.credit(this.#owed);
    this.#owed = 0;
  }
}
