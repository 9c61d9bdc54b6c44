/** Frames of HTTP/2, as RFC 9113 has them. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** 0: the connection. */
  readonly stream: number;
  /** A window of what was read. */
  readonly payload: Buffer;
}

/** Section 6. */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** What a bit of the flags means depends on the type. */
export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Section 6.5.2. */
export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Section 7. */
export const CODE = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

/** Breaks a whole connection: section 5.4.1. */
export class ConnectionError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** What every connection begins with. */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
/** Bytes before a payload. */
export const HEAD_BYTES = 9;
/** Of a payload: what both sides must take, and all that is used here. */
export const PAYLOAD_BYTES_MAX = 16_384;
/** Of a stream and of a connection, until somebody says otherwise. */
export const WINDOW_BYTES = 65_535;
/** The largest window. */
export const WINDOW_BYTES_MAX = 2 ** 31 - 1;
/** Stream ids and windows have a bit less than their field. */
const BITS_31 = 0x7fff_ffff;

/** Writes a frame's head. @returns where its payload begins */
export function writeHead(into: Buffer, at: number, { length, type, flags, stream }: Head): number {
  into.writeUInt32BE(length * 2 ** 8 + type, at);
  into[at + 4] = flags;
  into.writeUInt32BE(stream, at + 5);
  return at + HEAD_BYTES;
}

/** What is written before a payload. */
export interface Head {
  /** Of the payload. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

const EMPTY = Buffer.alloc(0);

/** A whole frame. */
export function frameOf(type: number, flags: number, stream: number, payload: Uint8Array = EMPTY): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  frame.set(payload, writeHead(frame, 0, { length: payload.length, type, flags, stream }));
  return frame;
}

/** A frame whose payload is one number of 32 bits. */
export function numberFrame(type: number, stream: number, value: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value);
  return frameOf(type, 0, stream, payload);
}

/** The number of a frame that has one. @throws ConnectionError when it has something else */
export function numberIn({ payload }: Frame): number {
  if (payload.length !== 4) throw new ConnectionError(CODE.frameSizeError, "a frame has another length than its type");
  return payload.readUInt32BE();
}

/** The increment of a window: the highest bit means nothing. */
export const incrementIn = (frame: Frame): number => numberIn(frame) & BITS_31;

/** SETTINGS, by the numbers of `SETTING`. */
export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(6 * settings.length);
  for (const [at, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  }
  return frameOf(TYPE.settings, 0, 0, payload);
}

/** Says that the settings that came are heeded. */
export const SETTINGS_ACK = frameOf(TYPE.settings, FLAG.ack, 0);

/** Ends a connection; streams up to `last` were taken. */
export function goawayFrame(last: number, code: number): Buffer {
  const payload = Buffer.allocUnsafe(8);
  payload.writeUInt32BE(last);
  payload.writeUInt32BE(code, 4);
  return frameOf(TYPE.goaway, 0, 0, payload);
}

/** HEADERS, and as many CONTINUATION as it takes. */
export function headerFrames(stream: number, block: Buffer, isLast: boolean): Buffer[] {
  const last = isLast ? FLAG.endStream : 0;
  if (block.length <= PAYLOAD_BYTES_MAX) return [frameOf(TYPE.headers, last | FLAG.endHeaders, stream, block)];
  const frames = [frameOf(TYPE.headers, last, stream, block.subarray(0, PAYLOAD_BYTES_MAX))];
  for (let at = PAYLOAD_BYTES_MAX; at < block.length; at += PAYLOAD_BYTES_MAX) {
    const piece = block.subarray(at, at + PAYLOAD_BYTES_MAX);
    const isEnd = at + PAYLOAD_BYTES_MAX >= block.length;
    frames.push(frameOf(TYPE.continuation, isEnd ? FLAG.endHeaders : 0, stream, piece));
  }
  return frames;
}

/** A payload without its padding. @throws ConnectionError when there is more padding than payload */
export function unpadded({ flags, payload }: Frame): Buffer {
  if ((flags & FLAG.padded) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined) throw new ConnectionError(CODE.frameSizeError, "a padded frame does not say by how much");
  const end = payload.length - padding;
  if (end < 1) throw new ConnectionError(CODE.protocolError, "a frame has more padding than bytes");
  return payload.subarray(1, end);
}

/** Cuts bytes into frames, wherever they come apart. */
export class FrameReader {
  /** The beginning of a frame. */
  #rest: Buffer | undefined;

  /** @throws ConnectionError when a frame is larger than allowed, and whatever `onFrame` throws */
  read(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const first = bytes.readUInt32BE(at);
      const length = first >>> 8;
      if (length > PAYLOAD_BYTES_MAX) throw new ConnectionError(CODE.frameSizeError, "a frame is larger than allowed");
      const end = at + HEAD_BYTES + length;
      if (end > bytes.length) break;
      const payload = bytes.subarray(at + HEAD_BYTES, end);
      const stream = bytes.readUInt32BE(at + 5) & BITS_31;
      const flags = bytes[at + 4]!;
      at = end;
      onFrame({ type: first & 0xff, flags, stream, payload });
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }
}
