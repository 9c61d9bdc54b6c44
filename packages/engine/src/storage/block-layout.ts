import { assert } from "../errors.js";
import type { Env } from "./env.js";

/** What a file of blocks holds. On disk: do not renumber. */
export const BLOCK_FILE_KINDS = { manifest: 1, part: 2, deaths: 3, graph: 4, snapshot: 5 } as const;

/** The number of a kind of file, as in `BLOCK_FILE_KINDS`. */
export type BlockFileKind = (typeof BLOCK_FILE_KINDS)[keyof typeof BLOCK_FILE_KINDS];

/** Numbers of docs/format.md, "Blocks". On disk: do not renumber. */
export const BLOCK_LAYOUT = {
  /** "VSTR" */
  magic: [0x56, 0x53, 0x54, 0x52],
  version: 1,
  fileHeaderBytes: 16,
  blockHeaderBytes: 16,
  alignBytes: 8,
  endType: 0xffff,
} as const;

/** The header of one block as it stands in the file. */
export interface BlockHeader {
  readonly type: number;
  readonly flags: number;
  readonly crc: number;
  /** Bytes of the payload, without padding. */
  readonly length: number;
}

/** Zero bytes after a payload, so that the next block begins at a multiple of 8. */
export function paddingAfter(length: number): number {
  return (BLOCK_LAYOUT.alignBytes - (length % BLOCK_LAYOUT.alignBytes)) % BLOCK_LAYOUT.alignBytes;
}

/** The 16 bytes at the head of a file of blocks. */
export function encodeFileHeader(kind: BlockFileKind): Uint8Array {
  const bytes = new Uint8Array(BLOCK_LAYOUT.fileHeaderBytes);
  bytes.set(BLOCK_LAYOUT.magic);
  const view = new DataView(bytes.buffer);
  view.setUint16(4, BLOCK_LAYOUT.version, true);
  view.setUint16(6, kind, true);
  return bytes;
}

/** Writes the header of a block whose payload is `payload` into the first 16 bytes of `into`. */
export function encodeBlockHeader(env: Env, into: Uint8Array, type: number, payload: Uint8Array): void {
  assert(into.length >= BLOCK_LAYOUT.blockHeaderBytes, "room for a block header");
  const view = new DataView(into.buffer, into.byteOffset, BLOCK_LAYOUT.blockHeaderBytes);
  view.setUint16(0, type, true);
  view.setUint16(2, 0, true);
  view.setUint32(8, payload.length % 2 ** 32, true);
  view.setUint32(12, Math.floor(payload.length / 2 ** 32), true);
  view.setUint32(4, env.crc32(payload, blockHeaderCrc(env, into)), true);
}

/** Reads the 16 bytes before a payload; they are not checked. */
export function decodeBlockHeader(bytes: Uint8Array): BlockHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, BLOCK_LAYOUT.blockHeaderBytes);
  return {
    type: view.getUint16(0, true),
    flags: view.getUint16(2, true),
    crc: view.getUint32(4, true),
    length: view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32,
  };
}

/** The crc over type, flags and length, which the payload's continues. */
export function blockHeaderCrc(env: Env, header: Uint8Array): number {
  return env.crc32(header.subarray(8, 16), env.crc32(header.subarray(0, 4)));
}
