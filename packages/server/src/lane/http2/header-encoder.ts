import type { Fields } from "../sink.js";
import type { HeaderList } from "./header-list.js";

/** Section 6.2.2 of RFC 7541: a header with its name and value as they are, which changes no table. */
const LITERAL = 0x00;
/** `:status: 200` of the static table. */
const STATUS_200 = 0x88;
/** Lengths from here on take more than a byte. */
const LENGTH_LONG = 0x7f;

/**
 * A header block that builds on nothing, so that blocks of two makers may take turns on a connection: literals, no table. The few bytes that
 * a table would spare are less than what it would take to keep one.
 *
 * @returns names and values as Latin-1
 */
export function encodeHeaders(list: HeaderList): Buffer {
  const block = Buffer.allocUnsafe(blockBytes(list));
  writeList(block, 0, list);
  return block;
}

/** The headers of an answer. */
export function encodeAnswer(status: number, list: HeaderList): Buffer {
  if (status !== 200) return encodeHeaders([":status", String(status), ...list]);
  const block = Buffer.allocUnsafe(1 + blockBytes(list));
  block[0] = STATUS_200;
  writeList(block, 1, list);
  return block;
}

/** Fields as a list; a header for each value. */
export function listOf(fields: Fields): string[] {
  const list: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "object") for (const each of value) list.push(name, each);
    else list.push(name, String(value));
  }
  return list;
}

function blockBytes(list: HeaderList): number {
  let bytes = list.length / 2;
  for (const { length } of list) bytes += lengthBytes(length) + length;
  return bytes;
}

function writeList(block: Buffer, start: number, list: HeaderList): void {
  let at = start;
  for (let of = 0; of < list.length; of += 2) {
    block[at++] = LITERAL;
    at = writeText(block, at, list[of]!);
    at = writeText(block, at, list[of + 1]!);
  }
}

function writeText(block: Buffer, start: number, text: string): number {
  let at = writeLength(block, start, text.length);
  // Shorter than a call into native code takes.
  for (let of = 0; of < text.length; of++) block[at++] = text.charCodeAt(of);
  return at;
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length - LENGTH_LONG; rest >= 0; rest = rest < 0x80 ? -1 : rest >>> 7) bytes++;
  return bytes;
}

/** Section 5.1, with a prefix of seven bits. */
function writeLength(block: Buffer, start: number, length: number): number {
  let at = start;
  if (length < LENGTH_LONG) {
    block[at++] = length;
    return at;
  }
  block[at++] = LENGTH_LONG;
  let rest = length - LENGTH_LONG;
  for (; rest >= 0x80; rest >>>= 7) block[at++] = (rest & 0x7f) | 0x80;
  block[at++] = rest;
  return at;
}
