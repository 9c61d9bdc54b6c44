import { connect, type Socket } from "node:net";
import { fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { methodOf, pathOf } from "./schema.js";
import { until } from "./server.js";

/** Types of frames, of RFC 9113. */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
/** Flags of frames. */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;
/** Codes of errors. */
export const CODE = { protocol: 1, flowControl: 3, streamClosed: 5, refused: 7, compression: 9, calm: 11 } as const;
/** What a connection begins with. */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** The id of the setting of a stream's first window. */
export const INITIAL_WINDOW = 4;

const HEAD_BYTES = 9;
const EMPTY = Buffer.alloc(0);

/** A frame that came. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A frame, right or wrong. */
export function frame(type: number, stream: number, payload: Uint8Array = EMPTY, flags = 0): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Four bytes. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** SETTINGS. */
export function settings(...all: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = all.map(([id, value]) => Buffer.concat([Buffer.of(id >> 8, id & 0xff), u32(value)]));
  return frame(TYPE.settings, 0, Buffer.concat(payload));
}

/** WINDOW_UPDATE. */
export const widen = (stream: number, bytes: number): Buffer => frame(TYPE.windowUpdate, stream, u32(bytes));
/** RST_STREAM. */
export const reset = (stream: number, code = 8): Buffer => frame(TYPE.reset, stream, u32(code));
/** DATA with so many bytes of padding. */
export const padded = (stream: number, data: Uint8Array, padding: number, flags = 0): Buffer =>
  frame(TYPE.data, stream, Buffer.concat([Buffer.of(padding), data, Buffer.alloc(padding)]), flags | FLAG.padded);

/** A header as it is: the table stays as it was. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

/** Text of HPACK, not coded. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const rest: number[] = [];
  let left = bytes.length - 127;
  for (; left >= 128; left >>= 7) rest.push((left & 127) | 128);
  return Buffer.concat([Buffer.of(127, ...rest, left), bytes]);
}

/** Names and values by turns, of a plain call. */
export const headOf = (method: string, more: readonly string[] = []): string[] => [
  ...[":method", "POST", ":scheme", "http", ":path", pathOf(methodOf(method)), ":authority", "localhost"],
  ...["content-type", "application/proto", ...more],
];

/** A header block, of literals. */
export function blockOf(list: readonly string[]): Buffer {
  const headers: Buffer[] = [];
  for (let at = 0; at < list.length; at += 2) headers.push(literal(list[at]!, list[at + 1]!));
  return Buffer.concat(headers);
}

/** HEADERS, whole. */
export const headers = (stream: number, list: readonly string[], flags = 0): Buffer =>
  frame(TYPE.headers, stream, blockOf(list), flags | FLAG.endHeaders);

/** A message of a method, in protobuf. */
export function message(method: string, request: JsonObject): Buffer {
  const { input } = methodOf(method);
  return Buffer.from(toBinary(input, fromJson(input, request)));
}

/** A call: its headers, and its body in frames of at most 16 KiB. */
export function call(stream: number, method: string, body: Buffer, more?: readonly string[]): Buffer {
  const pieces: Buffer[] = [headers(stream, headOf(method, more))];
  for (let at = 0; at < body.length || at === 0; at += 16_384) {
    const isLast = at + 16_384 >= body.length;
    pieces.push(frame(TYPE.data, stream, body.subarray(at, at + 16_384), isLast ? FLAG.endStream : 0));
  }
  return Buffer.concat(pieces);
}

/** A connection of HTTP/2 on which any bytes may be sent. */
export class RawConnection {
  readonly socket: Socket;
  readonly frames: RawFrame[] = [];
  isClosed = false;
  #rest: Buffer = EMPTY;

  /** @param greeting  what it begins with, when that is not the usual */
  constructor({ port }: { readonly port: number }, greeting: Buffer = Buffer.concat([PREFACE, settings()])) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.socket.on("error", () => {});
    this.socket.once("close", () => {
      this.isClosed = true;
    });
    this.send(greeting);
  }

  send(...frames: readonly Buffer[]): void {
    if (!this.isClosed) this.socket.write(Buffer.concat(frames));
  }

  of(stream: number, type: number): readonly RawFrame[] {
    return this.frames.filter((each) => each.stream === stream && each.type === type);
  }

  /** Bytes of DATA that came. */
  bytesOf(stream: number): number {
    return this.of(stream, TYPE.data).reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** The code of a stream's reset; undefined for none. */
  resetOf(stream: number): number | undefined {
    return this.of(stream, TYPE.reset)[0]?.payload.readUInt32BE();
  }

  /** The code that the connection was ended with; undefined for none. */
  get goaway(): number | undefined {
    return this.of(0, TYPE.goaway)[0]?.payload.readUInt32BE(4);
  }

  /** True when a stream's answer is whole. */
  hasEnded(stream: number): boolean {
    return this.frames.some((each) => each.stream === stream && each.type < 2 && (each.flags & FLAG.endStream) !== 0);
  }

  /** Waits until an answer is whole. */
  async end(stream: number): Promise<void> {
    await until(`the answer of stream ${stream}`, () => this.hasEnded(stream));
  }

  /** Waits until what was sent has been read. */
  async roundTrip(): Promise<void> {
    const before = this.of(0, TYPE.ping).length;
    this.send(frame(TYPE.ping, 0, Buffer.alloc(8)));
    await until("an answer to a PING", () => this.of(0, TYPE.ping).length > before);
  }

  /** Waits until the server has ended it. @returns the code of GOAWAY */
  async closing(): Promise<number | undefined> {
    await until("the end of the connection", () => this.isClosed);
    return this.goaway;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEAD_BYTES && bytes.length >= HEAD_BYTES + bytes.readUIntBE(0, 3)) {
      const end = HEAD_BYTES + bytes.readUIntBE(0, 3);
      const stream = bytes.readUInt32BE(5);
      this.frames.push({ type: bytes[3]!, flags: bytes[4]!, stream, payload: bytes.subarray(HEAD_BYTES, end) });
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}
