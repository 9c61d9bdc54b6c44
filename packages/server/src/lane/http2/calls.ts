import type { Socket } from "node:net";
import { requestIdOf } from "../../call.js";
import type { Fields } from "../codec/decoder.js";
import { httpDate } from "../http-date.js";
import { answerPlainCall } from "../plain-call.js";
import type { Reply } from "../sink.js";
import { encodeAnswer, encodeHeaders, listOf } from "./header-encoder.js";
import type { HeaderList } from "./header-list.js";
import { HotStream, type Sender } from "./hot-stream.js";
import type { FrameDoorOptions } from "./options.js";
import { type PlainHead, plainHeadOf } from "./plain-head.js";

/** The calls of one connection, from their headers to their answers. */
export class Calls {
  readonly #options: FrameDoorOptions;
  readonly #socket: Socket;
  readonly #sender: Sender;
  /** Names and values that every answer has. */
  readonly #common: readonly string[];
  /** Clients send the same headers again and again. */
  #last: { readonly list: HeaderList; readonly head: PlainHead | undefined } | undefined;

  constructor(options: FrameDoorOptions, socket: Socket, sender: Sender) {
    this.#options = options;
    this.#socket = socket;
    this.#sender = sender;
    this.#common = listOf(options.headers);
  }

  /** Takes a call by its headers; undefined when it is not plain. @param window bytes that the client takes on the stream */
  enter(id: number, list: HeaderList, window: number): HotStream | undefined {
    const head = this.#headOf(list);
    const handler = head && this.#options.behind.find(head.path);
    if (head === undefined || handler === undefined) return undefined;
    const requestId = requestIdOf(head.headers["x-request-id"]);
    const stream = new HotStream({ id, head, list, handler, requestId, window }, this.#sender);
    const ride = this.#options.lane.enter(
      handler.method,
      { headers: head.headers, method: "POST", httpVersionMajor: 2 },
      stream,
    );
    if (ride === undefined) return undefined;
    stream.ride = ride;
    return stream;
  }

  /** Answers a call whose body is here. @returns false, and nothing is done, when that is not one plain message */
  answer(stream: HotStream): boolean {
    const { headers } = stream.start.head;
    const { body } = stream;
    const announced = headers["content-length"];
    const isAsAnnounced = announced === undefined || announced === String(body.length);
    const message = isAsAnnounced ? this.#options.lane.read(stream.ride, body) : undefined;
    if (message === undefined) return false;
    this.#begin(stream, message);
    return true;
  }

  /** The caller went away before the body was here. The call is counted all the same. */
  abandon(stream: HotStream): void {
    stream.leave();
    this.#begin(stream, {});
  }

  /** The block of an answer's headers. */
  blockOf({ start }: HotStream, { status, contentType, headers, body, trailers }: Reply): Buffer {
    const list = ["content-type", contentType, "x-request-id", start.requestId, ...this.#common];
    if (trailers === undefined) list.push("content-length", String(body?.length ?? 0));
    list.push("date", httpDate());
    if (headers !== undefined) list.push(...listOf(headers));
    return encodeAnswer(status, list);
  }

  #headOf(list: HeaderList): PlainHead | undefined {
    if (this.#last?.list !== list) this.#last = { list, head: plainHeadOf(list, this.#options.limits) };
    return this.#last.head;
  }

  #begin(stream: HotStream, message: Fields): void {
    const { head, handler, requestId } = stream.start;
    const { ride, bytes } = stream;
    const socket = this.#socket;
    const { method } = handler;
    answerPlainCall(
      this.#options,
      { socket, headers: head.headers, method, requestId, ride, sink: stream, bytes },
      message,
    );
  }
}

/** What every answer of gRPC that is no error ends with. */
const OK = { "grpc-status": "0" };
const OK_BLOCK = encodeHeaders(listOf(OK));

/** The block of an answer's trailers; undefined when it has none. */
export function trailerBlockOf({ trailers }: Reply): Buffer | undefined {
  if (trailers === undefined) return undefined;
  const isOk = trailers["grpc-status"] === "0" && Object.keys(trailers).length === 1;
  return isOk ? OK_BLOCK : encodeHeaders(listOf(trailers));
}
