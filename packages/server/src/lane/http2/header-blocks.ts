import { CODE, ConnectionError, FLAG, type Frame, TYPE, unpadded } from "./frames.js";
import { HeaderDecoder } from "./header-decoder.js";
import type { HeaderList } from "./header-list.js";

/** What HEADERS and its continuations say. */
export interface HeaderBlock {
  readonly stream: number;
  readonly list: HeaderList;
  /** Nothing comes after it on its stream. */
  readonly isLast: boolean;
  /** The stream that it says it comes after; undefined for none. */
  readonly dependsOn: number | undefined;
}

/** A block whose end is still to come. */
interface OpenBlock extends Omit<HeaderBlock, "list"> {
  readonly pieces: Buffer[];
  bytes: number;
}

/** A dependency and a weight, which nobody heeds any more. */
const PRIORITY_BYTES = 5;
/** Blocks are smaller than what they stand for, and no client has a reason for many small pieces. */
const PIECES_MAX = 64;

/** Puts header blocks together, and reads them. */
export class HeaderBlocks {
  readonly #decoder: HeaderDecoder;
  readonly #bytesMax: number;
  #open: OpenBlock | undefined;

  /** @param bytesMax  of the names and values of one request; twice as much ends the connection */
  constructor(bytesMax: number) {
    this.#bytesMax = 2 * bytesMax;
    this.#decoder = new HeaderDecoder(this.#bytesMax);
  }

  /** The stream whose block must go on; 0 when there is none. */
  get open(): number {
    return this.#open?.stream ?? 0;
  }

  /**
   * Takes HEADERS or CONTINUATION. @returns the block, when that is its end
   *
   * @throws ConnectionError when it is none, or larger than anybody needs
   */
  take(frame: Frame): HeaderBlock | undefined {
    const { type, flags, stream } = frame;
    if (type === TYPE.headers) return this.#begin(frame);
    const open = this.#open;
    if (open?.stream !== stream) throw new ConnectionError(CODE.protocolError, "CONTINUATION of no header block");
    open.pieces.push(frame.payload);
    open.bytes += frame.payload.length;
    if (open.bytes > this.#bytesMax || open.pieces.length > PIECES_MAX) {
      throw new ConnectionError(CODE.enhanceYourCalm, "headers are too large");
    }
    if ((flags & FLAG.endHeaders) === 0) return undefined;
    this.#open = undefined;
    return { ...open, list: this.#decoder.decode(Buffer.concat(open.pieces)) };
  }

  #begin(frame: Frame): HeaderBlock | undefined {
    const { flags, stream } = frame;
    const payload = unpadded(frame);
    const hasPriority = (flags & FLAG.priority) !== 0;
    if (hasPriority && payload.length < PRIORITY_BYTES) {
      throw new ConnectionError(CODE.frameSizeError, "HEADERS end within their priority");
    }
    const dependsOn = hasPriority ? dependencyIn(payload) : undefined;
    const piece = hasPriority ? payload.subarray(PRIORITY_BYTES) : payload;
    const isLast = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) return { stream, isLast, dependsOn, list: this.#decoder.decode(piece) };
    this.#open = { stream, isLast, dependsOn, pieces: [piece], bytes: piece.length };
    return undefined;
  }
}

/** The stream that a priority names: the highest bit says something else. */
export function dependencyIn(priority: Buffer): number {
  return priority.readUInt32BE() & 0x7fff_ffff;
}
