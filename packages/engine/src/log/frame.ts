import { LIMITS } from "../limits.js";
import type { Env } from "../storage/env.js";
import { readU64, writeU64 } from "./u64.js";

/** Frames of docs/format.md, "The log". On disk: do not renumber. */
export const FRAGMENTS = { whole: 1, first: 2, middle: 3, last: 4 } as const;
/** Bytes of a frame before its payload. On disk: do not renumber. */
export const FRAME_HEADER_BYTES = 32;
/** Frames begin at multiples of this. On disk: do not renumber. */
export const FRAME_ALIGN_BYTES = 8;

/** Where the fields of a frame stand. On disk: do not renumber. */
const AT = { crc: 0, length: 4, namespace: 8, fragment: 12, reserved: 13, sequence: 16, durableUpTo: 24 } as const;

/** A frame that was read and whose crc is right. */
export interface Frame {
  readonly namespace: number;
  readonly sequence: number;
  readonly fragment: number;
  readonly durableUpTo: number;
  /** A view into the bytes it was read from. */
  readonly payload: Uint8Array;
  /** With header and padding. */
  readonly bytes: number;
}

/** Bytes of one frame with header and padding. */
export function frameBytes(payloadLength: number): number {
  return FRAME_HEADER_BYTES + Math.ceil(payloadLength / FRAME_ALIGN_BYTES) * FRAME_ALIGN_BYTES;
}

/** Bytes of all frames of an entry. */
export function entryBytes(payloadLength: number): number {
  const full = Math.floor(payloadLength / LIMITS.logFragmentBytesMax);
  const rest = payloadLength % LIMITS.logFragmentBytesMax;
  const last = rest > 0 || full === 0 ? frameBytes(rest) : 0;
  return full * frameBytes(LIMITS.logFragmentBytesMax) + last;
}

/**
 * Lays the frames of an entry into `into`, with all but what is known only when they are written.
 *
 * @param into  u8[entryBytes(payload.length)], zeros
 */
export function layEntry(into: Uint8Array, namespace: number, sequence: number, payload: Uint8Array): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  const { logFragmentBytesMax } = LIMITS;
  let at = 0;
  let from = 0;
  do {
    const piece = payload.subarray(from, from + logFragmentBytesMax);
    view.setUint32(at + AT.length, piece.length, true);
    view.setUint32(at + AT.namespace, namespace, true);
    view.setUint8(at + AT.fragment, fragmentOf(from, piece.length, payload.length));
    writeU64(view, at + AT.sequence, sequence);
    into.set(piece, at + FRAME_HEADER_BYTES);
    at += frameBytes(piece.length);
    from += piece.length;
  } while (from < payload.length);
}

/** Fills in `durableUpTo` and the crc of every frame that `layEntry` laid into `entry`. */
export function sealEntry(env: Env, entry: Uint8Array, saltCrc: number, durableUpTo: number): void {
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  for (let at = 0; at < entry.length; ) {
    const length = view.getUint32(at + AT.length, true);
    writeU64(view, at + AT.durableUpTo, durableUpTo);
    const covered = entry.subarray(at + AT.length, at + FRAME_HEADER_BYTES + length);
    view.setUint32(at + AT.crc, env.crc32(covered, saltCrc), true);
    at += frameBytes(length);
  }
}

/** What a header says before its crc is known to hold. */
export interface FrameHeader {
  readonly durableUpTo: number;
  /** Of the whole frame. */
  readonly bytes: number;
}

/** Undefined when no frame of ours begins with these 32 bytes, whatever follows. */
export function peekFrame(bytes: Uint8Array, at: number): FrameHeader | undefined {
  const fragment = bytes[at + AT.fragment]!;
  if (fragment < FRAGMENTS.whole || fragment > FRAGMENTS.last) return undefined;
  if (bytes[at + AT.reserved] || bytes[at + AT.reserved + 1] || bytes[at + AT.reserved + 2]) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_HEADER_BYTES);
  const length = view.getUint32(AT.length, true);
  if (length > LIMITS.logFragmentBytesMax) return undefined;
  return { durableUpTo: readU64(view, AT.durableUpTo), bytes: frameBytes(length) };
}

/** Reads the frame whose bytes are all there; undefined when it is not one of this file. */
export function readFrame(env: Env, bytes: Uint8Array, at: number, saltCrc: number): Frame | undefined {
  const header = peekFrame(bytes, at);
  if (header === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_HEADER_BYTES);
  const from = at + FRAME_HEADER_BYTES;
  const payload = bytes.subarray(from, from + view.getUint32(AT.length, true));
  const covered = bytes.subarray(at + AT.length, from + payload.length);
  if (env.crc32(covered, saltCrc) !== view.getUint32(AT.crc, true)) return undefined;
  return {
    namespace: view.getUint32(AT.namespace, true),
    sequence: readU64(view, AT.sequence),
    fragment: bytes[at + AT.fragment]!,
    durableUpTo: header.durableUpTo,
    payload,
    bytes: header.bytes,
  };
}

function fragmentOf(from: number, bytes: number, total: number): number {
  const isLast = from + bytes === total;
  if (from === 0) return isLast ? FRAGMENTS.whole : FRAGMENTS.first;
  return isLast ? FRAGMENTS.last : FRAGMENTS.middle;
}
