import type { Socket } from "node:net";
import { PLAIN_BODY_BYTES_MAX, REST_MS } from "../plain-call.js";
import type { Reply } from "../sink.js";
import { Calls, trailerBlockOf } from "./calls.js";
import {
  CODE,
  ConnectionError,
  FLAG,
  type Frame,
  incrementIn,
  numberFrame,
  numberIn,
  TYPE,
  unpadded,
  WINDOW_BYTES,
  WINDOW_BYTES_MAX,
} from "./frames.js";
import { dependencyIn, type HeaderBlock } from "./header-blocks.js";
import type { HeaderList } from "./header-list.js";
import type { HotStream } from "./hot-stream.js";
import type { Inflow } from "./inflow.js";
import type { FrameDoorOptions, ToNode } from "./options.js";
import type { Answering, Outflow } from "./outflow.js";
import { Relay } from "./relay.js";

/** What the streams of a connection need of it. */
export interface StreamsOptions extends FrameDoorOptions {
  readonly socket: Socket;
  readonly toNode: ToNode;
}

/** Who has streams. */
export interface StreamsOwner {
  readonly out: Outflow;
  readonly inflow: Inflow;
  /** The connection is broken. */
  fail(error: unknown): void;
  /** A stream is over. */
  onStreamOver(): void;
  /** Calls back when the client has taken enough for more. */
  whenTaken(goOn: () => void): void;
}

/** The streams of a connection: those of the lane, and those of Node. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #owner: StreamsOwner;
  readonly #calls: Calls;
  /** Of the lane. One that was reset stays until its handler is done: it still takes work. */
  readonly #hot = new Map<number, HotStream>();
  #relay: Relay | undefined;
  /** Those of the lane whose body is not whole. */
  #gathering = 0;
  #rest: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Bytes that the client takes on a new stream. */
  #window = WINDOW_BYTES;
  /** The last stream that the client has begun. */
  last = 0;

  constructor(options: StreamsOptions, owner: StreamsOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#calls = new Calls(options, options.socket, this);
  }

  /** Streams that are not over. */
  get size(): number {
    return this.#hot.size + (this.#relay?.size ?? 0);
  }

  /** No more streams are taken: the client knows the last one. */
  close(): void {
    this.#isClosed = true;
  }

  headers({ stream, list, isLast, dependsOn }: HeaderBlock): void {
    if (dependsOn === stream) return void this.#refuse(stream, CODE.protocolError);
    const hot = this.#hot.get(stream);
    if (hot !== undefined) return void this.#trailers(hot, list, isLast);
    if (this.#relay?.has(stream)) return void this.#relay.headers(stream, list, isLast);
    if (stream <= this.last) return void this.#refuse(stream, CODE.streamClosed);
    if (this.#isClosed) return;
    this.last = stream;
    if (this.size >= this.#options.limits.maxConcurrentStreams) return void this.#refuse(stream, CODE.refusedStream);
    this.#begin(stream, list, isLast);
  }

  data(frame: Frame): void {
    const { stream, payload, flags } = frame;
    this.#mustBeBegun(frame);
    const { inflow } = this.#owner;
    inflow.take(payload.length);
    const data = unpadded(frame);
    const isLast = (flags & FLAG.endStream) !== 0;
    const hot = this.#hot.get(stream);
    // Padding takes of a stream's window too, and Node says when the client may have that again.
    if (hot !== undefined && !hot.hasEnded && data.length < payload.length) this.#leaveToNode(hot);
    if (this.#relay?.has(stream)) return void this.#relay.dataFrame(frame);
    inflow.giveBack(payload.length);
    if (hot !== undefined) this.#gather(hot, data, isLast);
    else this.#refuse(stream, CODE.streamClosed);
  }

  reset(frame: Frame): void {
    const { stream } = frame;
    const code = numberIn(frame);
    this.#mustBeBegun(frame);
    const hot = this.#hot.get(stream);
    if (hot !== undefined) this.#abandon(hot);
    else if (this.#relay?.has(stream)) this.#relay.reset(stream, code);
  }

  priority({ stream, payload }: Frame): void {
    if (stream === 0) throw new ConnectionError(CODE.protocolError, "PRIORITY of no stream");
    if (payload.length !== 5) this.#refuse(stream, CODE.frameSizeError);
    else if (dependencyIn(payload) === stream) this.#refuse(stream, CODE.protocolError);
  }

  /** The client takes more on a stream. */
  widen(frame: Frame): void {
    const { stream } = frame;
    const bytes = incrementIn(frame);
    this.#mustBeBegun(frame);
    const hot = this.#hot.get(stream);
    if (hot === undefined && !this.#relay?.has(stream)) return;
    if (bytes === 0) return void this.#refuse(stream, CODE.protocolError);
    if (hot === undefined) return void this.#relay!.widen(stream, bytes);
    hot.window += bytes;
    if (hot.window > WINDOW_BYTES_MAX) this.#refuse(stream, CODE.flowControlError);
    else this.#owner.out.pump();
  }

  /** The client takes more on the connection. Node has not heard of what the lane has sent, so that much is kept from it. */
  widenConnection(bytes: number): void {
    if (bytes === 0) throw new ConnectionError(CODE.protocolError, "a window grows by nothing");
    const { out } = this.#owner;
    const kept = Math.min(out.laneBytes, bytes);
    out.laneBytes -= kept;
    this.#relay?.widen(0, bytes - kept);
    out.widen(bytes);
  }

  /** The client takes more or less on each stream than it did. */
  resize(window: number): void {
    for (const stream of this.#hot.values()) {
      stream.window += window - this.#window;
      if (stream.window > WINDOW_BYTES_MAX) throw new ConnectionError(CODE.flowControlError, "a window is too large");
    }
    this.#window = window;
    this.#relay?.resize(window);
    this.#owner.out.pump();
  }

  /** What came of the last bytes was taken: who waits for more does not wait for ever. */
  watch(): void {
    if (this.#gathering > 0) this.#rest ??= setTimeout(() => this.#relayRest(), REST_MS);
  }

  /** Nothing has moved for the idle time: streams end whose answers nobody takes. */
  onIdle(): void {
    for (const stream of [...this.#owner.out.waiting]) this.#refuse(stream.id, CODE.cancel);
  }

  /** The client is gone. */
  destroy(): void {
    this.#isClosed = true;
    clearTimeout(this.#rest);
    this.#relay?.destroy();
    this.#relay = undefined;
    for (const stream of [...this.#hot.values()]) this.#abandon(stream);
  }

  /** A stream of the lane has its answer. */
  send(stream: HotStream, reply: Reply): void {
    if (stream.isGone) return void this.#over(stream);
    stream.trailers = trailerBlockOf(reply);
    try {
      this.#owner.out.answer(stream, this.#calls.blockOf(stream, reply), reply.body);
    } catch (error) {
      this.#owner.fail(error);
    }
  }

  /** All of an answer is on its way. */
  sent(stream: Answering): void {
    this.#over(stream);
  }

  #mustBeBegun({ stream, type }: Frame): void {
    if (stream > 0 && stream <= this.last) return;
    // After GOAWAY the client's newest streams are unknown, and it may not have heard of that yet.
    if (stream > 0 && this.#isClosed) return;
    throw new ConnectionError(CODE.protocolError, `a frame of type ${type} of a stream that nobody has begun`);
  }

  #begin(id: number, list: HeaderList, isLast: boolean): void {
    const stream = this.#calls.enter(id, list, this.#window);
    if (stream === undefined) return void this.#node().headers(id, list, isLast);
    this.#hot.set(id, stream);
    this.#gathering++;
    if (isLast) this.#whole(stream);
  }

  /** No call of the lane has them. */
  #trailers(stream: HotStream, list: HeaderList, isLast: boolean): void {
    const { id, hasEnded } = stream;
    if (hasEnded) return void this.#refuse(id, CODE.streamClosed);
    this.#leaveToNode(stream);
    this.#relay?.headers(id, list, isLast);
  }

  #gather(stream: HotStream, data: Buffer, isLast: boolean): void {
    if (stream.hasEnded) return void this.#refuse(stream.id, CODE.streamClosed);
    stream.bytes += data.length;
    if (data.length > 0) stream.chunks.push(data);
    // What is too large is refused there, too.
    if (stream.bytes > Math.min(PLAIN_BODY_BYTES_MAX, stream.ride.bytesMax)) {
      stream.hasEnded = isLast;
      this.#leaveToNode(stream);
    } else if (isLast) this.#whole(stream);
  }

  #whole(stream: HotStream): void {
    stream.hasEnded = true;
    this.#gathers(-1);
    if (!this.#calls.answer(stream)) this.#toNode(stream);
  }

  /** One whose body is not whole. */
  #leaveToNode(stream: HotStream): void {
    this.#gathers(-1);
    this.#toNode(stream);
  }

  /** As if the lane had not been there. */
  #toNode(stream: HotStream): void {
    const { id, start, body, hasEnded } = stream;
    const node = this.#node();
    this.#hot.delete(id);
    node.headers(id, start.list, hasEnded && body.length === 0);
    node.widen(id, stream.window - this.#window);
    if (body.length > 0) node.data(id, body, hasEnded);
  }

  #relayRest(): void {
    this.#rest = undefined;
    for (const stream of [...this.#hot.values()]) {
      if (!stream.hasEnded) this.#leaveToNode(stream);
    }
  }

  #gathers(more: number): void {
    this.#gathering += more;
    if (this.#gathering > 0) return;
    clearTimeout(this.#rest);
    this.#rest = undefined;
  }

  /** Nobody waits for the answer of a stream of the lane. */
  #abandon(stream: HotStream): void {
    if (!stream.hasEnded) {
      stream.hasEnded = true;
      this.#gathers(-1);
      return void this.#calls.abandon(stream);
    }
    const isAnswered = this.#owner.out.drop(stream);
    stream.leave();
    if (isAnswered) this.#over(stream);
  }

  /** Ends a stream by its fault, or by nobody's. */
  #refuse(id: number, code: number): void {
    this.#owner.out.write(numberFrame(TYPE.rstStream, id, code));
    const hot = this.#hot.get(id);
    if (hot !== undefined) this.#abandon(hot);
    else if (this.#relay?.has(id)) this.#relay.reset(id, code);
  }

  #over({ id }: Answering): void {
    this.#hot.delete(id);
    this.#owner.onStreamOver();
  }

  /** Node's session within this connection, made when there is something for it. */
  #node(): Relay {
    if (this.#relay !== undefined) return this.#relay;
    const { out, inflow } = this.#owner;
    const { socket, toNode } = this.#options;
    const relay = new Relay(
      (side) => toNode(side, socket),
      { streamWindow: this.#window, window: out.window },
      {
        frames: (bytes, dataBytes) => out.relay(bytes, dataBytes),
        credit: (bytes) => inflow.giveBack(bytes),
        whenTaken: (goOn) => this.#owner.whenTaken(goOn),
        closed: () => this.#owner.onStreamOver(),
        over: (code, open) => this.#nodeOver(relay, code, open),
        leaving: (unseen) => this.#nodeLeaves(relay, unseen),
      },
    );
    // A window that is smaller than the first one of every session is told to none.
    out.laneBytes = Math.max(0, WINDOW_BYTES - out.window);
    this.#relay = relay;
    return relay;
  }

  /** It was idle: the next stream gets another session. Or everybody is told to go. */
  #nodeLeaves(relay: Relay, unseen: readonly number[]): void {
    if (this.#relay !== relay) return;
    for (const id of unseen) this.#refuse(id, CODE.refusedStream);
    if (relay.size > 0) return;
    this.#relay = undefined;
    relay.destroy();
  }

  #nodeOver(relay: Relay, code: number, open: readonly number[]): void {
    if (this.#relay !== relay) return;
    this.#relay = undefined;
    if (code !== CODE.noError)
      return void this.#owner.fail(new ConnectionError(code, "a stream breaks the connection"));
    for (const id of open) this.#refuse(id, CODE.cancel);
    this.#owner.onStreamOver();
  }
}
