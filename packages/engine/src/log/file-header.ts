import type { Env } from "../storage/env.js";
import { readU64, writeU64 } from "./u64.js";

/** The header of docs/format.md, "The log". On disk: do not renumber. */
export const LOG_HEADER_BYTES = 40;
/** "VSLOG", two zeros, version 1. */
const MAGIC = [0x56, 0x53, 0x4c, 0x4f, 0x47, 0, 0, 1] as const;
const AT = { logId: 8, base: 24, salt: 32, crc: 36 } as const;

/** The 40 bytes at the head of a log file. */
export interface LogFileHeader {
  /** u8[16] */
  readonly logId: Uint8Array;
  /** Position of the file's first frame. */
  readonly base: number;
  /** u8[4] */
  readonly salt: Uint8Array;
}

/** The header as it stands in the file, crc included. */
export function encodeLogHeader(env: Env, header: LogFileHeader): Uint8Array {
  const bytes = new Uint8Array(LOG_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes.set(header.logId, AT.logId);
  writeU64(view, AT.base, header.base);
  bytes.set(header.salt, AT.salt);
  view.setUint32(AT.crc, env.crc32(bytes.subarray(0, AT.crc)), true);
  return bytes;
}

/** Undefined when these are not the 40 bytes of a header. */
export function decodeLogHeader(env: Env, bytes: Uint8Array): LogFileHeader | undefined {
  if (bytes.length < LOG_HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, LOG_HEADER_BYTES);
  if (view.getUint32(AT.crc, true) !== env.crc32(bytes.subarray(0, AT.crc))) return undefined;
  return { logId: bytes.slice(AT.logId, AT.base), base: readU64(view, AT.base), salt: bytes.slice(AT.salt, AT.crc) };
}

/** `0000000000000000.log`: the base in hexadecimal, so that names sort as positions do. */
export function logFileName(base: number): string {
  return `${base.toString(16).padStart(16, "0")}.log`;
}

/** The base a file's name says; undefined for other files. */
export function baseOfName(name: string): number | undefined {
  const match = /^([0-9a-f]{16})\.log$/.exec(name);
  return match === null ? undefined : Number.parseInt(match[1]!, 16);
}
