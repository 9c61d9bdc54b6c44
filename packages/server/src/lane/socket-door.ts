import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { CallBeginners } from "../begin-call.js";
import { requestIdOf } from "../call.js";
import type { Ledger, RequestAccount } from "../quota/request-account.js";
import type { RpcDoor } from "../rpc/door.js";
import { httpDate } from "./http-date.js";
import type { Lane } from "./lane.js";
import { Outbox, type Writer } from "./outbox.js";
import { answerPlainCall, REST_MS } from "./plain-call.js";
import { type HeadLimits, isWhole, type PlainHead, PlainReader } from "./plain-request.js";
import type { Fields, Reply, Sink } from "./sink.js";

/** What connections of HTTP/1.1 need, beside a lane. */
export interface SocketDoorOptions extends CallBeginners {
  readonly lane: Lane;
  readonly behind: Pick<RpcDoor, "find">;
  readonly ledger: Ledger;
  readonly limits: HeadLimits & { readonly idleTimeoutMs: number };
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** True when clear text is refused. */
  readonly isTlsRequired: boolean;
}

/** Hands a connection to Node; what was read of it is to be put back before. */
export type GiveBack = (socket: Socket) => void;

/** A connection without a request is closed after this. As Node's server does. */
const KEEP_ALIVE_MS = 75_000;
/**
 * The lane on connections of HTTP/1.1 as they are: Node's requests and responses take longer than the rest of a short call. A connection stays
 * here as long as it brings plain calls, one after the other; with anything else it goes to Node, for good, as if nothing had been read.
 */
export class SocketDoor {
  readonly #options: SocketDoorOptions;
  readonly #open = new Set<Connection>();
  readonly #outbox = new Outbox();
  #isDraining = false;

  constructor(options: SocketDoorOptions) {
    this.#options = options;
  }

  /** @returns false, and nothing is done, when the connection is not for the lane */
  take(socket: Socket, giveBack: GiveBack): boolean {
    if (this.#isDraining || this.#options.isTlsRequired || "encrypted" in socket) return false;
    const connection = new Connection(this.#options, socket, this.#outbox, (given) => {
      this.#open.delete(connection);
      if (given) giveBack(socket);
    });
    this.#open.add(connection);
    return true;
  }

  /** All connections go to Node, those with a call when it is answered. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#open) connection.leave();
  }
}

const BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";

class Connection implements Writer {
  readonly #options: SocketDoorOptions;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #reader: PlainReader;
  /** Told once; true when the connection goes on with Node. */
  readonly #onOver: (isGiven: boolean) => void;
  /** Lines that every answer has. */
  readonly #common: string;
  /** What came and was not taken yet. */
  #bytes: Buffer | undefined;
  /** Of answers that are not written yet. */
  #kept: Buffer | undefined;
  #rest: NodeJS.Timeout | undefined;
  /** Of a request whose body is not whole. */
  #head: PlainHead | undefined;
  #isBusy = false;
  #hasEnded = false;
  #isLeaving = false;

  constructor(options: SocketDoorOptions, socket: Socket, outbox: Outbox, onOver: (isGiven: boolean) => void) {
    this.#options = options;
    this.#socket = socket;
    this.#outbox = outbox;
    this.#reader = new PlainReader(options.limits);
    this.#common = linesOf(options.headers);
    this.#onOver = onOver;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
    socket.on("error", this.#onError);
    socket.on("timeout", this.#onTimeout);
    socket.setTimeout(Math.min(options.limits.idleTimeoutMs, KEEP_ALIVE_MS));
  }

  /** Goes to Node, now or when the call that runs is answered. */
  leave(): void {
    this.#isLeaving = true;
    if (!this.#isBusy) this.#giveBack();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes, chunk]);
    // One at a time: what comes now waits in the system.
    if (this.#isBusy) this.#socket.pause();
    else this.#next(this.#bytes);
  };

  #next(bytes: Buffer): void {
    const parsed = this.#reader.read(bytes);
    if (parsed === "more" || (parsed !== "other" && !isWhole(parsed) && this.#isOfLane(parsed))) {
      this.#head = parsed === "more" ? undefined : parsed;
      this.#rest ??= setTimeout(() => this.#giveBack(), REST_MS);
      return;
    }
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#head = undefined;
    if (!isWhole(parsed) || !this.#answer(parsed, parsed.body)) this.#giveBack();
  }

  #isOfLane({ path }: PlainHead): boolean {
    const { behind, lane } = this.#options;
    const handler = behind.find(path);
    return handler !== undefined && lane.has(handler.method);
  }

  /**
   * @param body  absent when the caller went away before it was there: then the call is counted as such
   * @returns     false, and nothing is done, when it is no plain call
   */
  #answer({ path, headers }: PlainHead, body: Buffer | undefined): boolean {
    const { lane, behind } = this.#options;
    const handler = behind.find(path);
    if (handler === undefined) return false;
    const requestId = requestIdOf(headers["x-request-id"]);
    const sink = new SocketSink(this.#socket, `x-request-id: ${requestId}\r\n${this.#common}`, this.#send);
    const ride = lane.enter(handler.method, { headers, method: "POST", httpVersionMajor: 1 }, sink);
    const message = body === undefined ? {} : ride && lane.read(ride, body);
    if (ride === undefined || message === undefined) return false;
    this.#isBusy = true;
    this.#bytes = undefined;
    const bytes = body?.length ?? 0;
    const { method } = handler;
    answerPlainCall(this.#options, { socket: this.#socket, headers, method, requestId, ride, sink, bytes }, message);
    return true;
  }

  /** Takes the answer of the call that runs; none when nobody is left. */
  readonly #send = (message: Buffer | undefined): void => {
    this.#isBusy = false;
    if (message === undefined) return;
    this.#keep(message);
    if (this.#isLeaving) this.#giveBack();
    else if (this.#bytes !== undefined) this.#goOn(this.#bytes);
    else if (this.#hasEnded) this.#end();
  };

  #keep(message: Buffer): void {
    const before = this.#kept;
    this.#kept = before === undefined ? message : Buffer.concat([before, message]);
    if (before === undefined) this.#outbox.add(this);
  }

  flush(): void {
    const kept = this.#kept;
    const socket = this.#socket;
    this.#kept = undefined;
    if (kept === undefined || socket.destroyed) return;
    if (!socket.write(kept)) this.#waitForReader();
  }

  #end(): void {
    this.flush();
    this.#socket.end();
  }

  /** With what came while the last call ran. */
  #goOn(bytes: Buffer): void {
    this.#next(bytes);
    this.#socket.resume();
  }

  /** Who does not read answers must not have more of them kept. */
  #waitForReader(): void {
    this.#socket.pause();
    this.#socket.once("drain", () => this.#socket.resume());
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    if (this.#isBusy) return;
    // As Node answers half a request.
    this.flush();
    if (this.#bytes !== undefined) this.#socket.write(BAD_REQUEST);
    this.#socket.end(() => this.#socket.destroy());
  };

  readonly #onClose = (): void => {
    clearTimeout(this.#rest);
    this.#onOver(false);
    if (this.#head !== undefined) this.#answer(this.#head, undefined);
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  /** A call that computes is no idle connection. */
  readonly #onTimeout = (): void => {
    if (!this.#isBusy) this.#socket.destroy();
  };

  #giveBack(): void {
    const socket = this.#socket;
    this.flush();
    clearTimeout(this.#rest);
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#onClose);
    socket.off("error", this.#onError);
    socket.off("timeout", this.#onTimeout);
    socket.setTimeout(0);
    socket.pause();
    if (this.#bytes !== undefined) socket.unshift(this.#bytes);
    this.#onOver(true);
    socket.resume();
  }
}

/** A connection of HTTP/1.1, and the account of one answer's bytes. */
class SocketSink implements Sink {
  account: RequestAccount | undefined;
  readonly #socket: Socket;
  /** Lines that every answer has. */
  readonly #common: string;
  readonly #write: (message: Buffer | undefined) => void;

  constructor(socket: Socket, common: string, write: (message: Buffer | undefined) => void) {
    this.#socket = socket;
    this.#common = common;
    this.#write = write;
  }

  get isGone(): boolean {
    return this.#socket.destroyed;
  }

  send(reply: Reply): void {
    const { body } = reply;
    const { isGone } = this;
    const length = body?.length ?? 0;
    if (!isGone) this.account?.sent(length);
    // Before the caller can know: who asks for usage after an answer finds it counted.
    this.account?.end();
    this.#write(isGone ? undefined : messageOf(headOf(reply, this.#common, length), body));
  }

  onGone(listener: () => void): () => void {
    this.#socket.once("close", listener);
    return () => this.#socket.off("close", listener);
  }
}

/** One buffer: several cost a system call that gathers them. */
function messageOf(head: string, body: Uint8Array | undefined): Buffer {
  const message = Buffer.allocUnsafe(head.length + (body?.length ?? 0));
  message.write(head, 0, "latin1");
  if (body !== undefined) message.set(body, head.length);
  return message;
}

function headOf({ status, contentType, headers }: Reply, common: string, length: number): string {
  const first = status === 200 ? STATUS_OK : `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`;
  const rest = headers === undefined ? "" : linesOf(headers);
  return `${first}\r\n${common}content-type: ${contentType}\r\ncontent-length: ${length}\r\n${rest}date: ${httpDate()}\r\n${KEEP_ALIVE}\r\n`;
}

const STATUS_OK = "HTTP/1.1 200 OK";
const KEEP_ALIVE = `connection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_MS / 1_000}\r\n`;

/** Headers as lines, with what ends them. */
function linesOf(headers: Fields): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}\r\n`),
  );
  return lines.join("");
}
