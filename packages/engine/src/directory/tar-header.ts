/** A tar file is made of blocks of this size. */
export const TAR_BLOCK_BYTES = 512;

/** What one entry of an archive says of a file. */
export interface TarEntry {
  /** At most 155 bytes of ASCII. */
  readonly directory: string;
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  /** Bytes of the content. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** The eleven octal digits of a header hold less than this: 8 GiB. */
const SIZE_IN_HEADER_END = 8 ** 11;
const FILE = "0";
const EXTENDED = "x";

/**
 * The blocks before the content of a file: its header, and before that one of larger numbers where it needs one.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header".
 */
export function tarHeader(entry: TarEntry): Uint8Array {
  if (entry.size < SIZE_IN_HEADER_END) return headerBlock(entry, FILE);
  const record = ascii(paxRecord("size", String(entry.size)));
  const extended = headerBlock({ ...entry, name: "pax", size: record.length }, EXTENDED);
  const blocks = new Uint8Array(3 * TAR_BLOCK_BYTES);
  blocks.set(extended);
  blocks.set(record, TAR_BLOCK_BYTES);
  // The size that does not fit is not looked at, since the record before overrides it.
  blocks.set(headerBlock({ ...entry, size: 0 }, FILE), 2 * TAR_BLOCK_BYTES);
  return blocks;
}

/** Zeros that fill the last block of a content of `size` bytes. */
export function paddingBytes(size: number): number {
  return (TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

function headerBlock({ directory, name, size, modifiedAtMs }: TarEntry, type: string): Uint8Array {
  const block = new Uint8Array(TAR_BLOCK_BYTES);
  const put = (at: number, text: string) => block.set(ascii(text), at);
  put(0, name);
  put(100, octal(0o644, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(Math.floor(modifiedAtMs / 1_000), 11));
  // The sum counts its own field as spaces.
  put(148, " ".repeat(8));
  put(156, type);
  put(257, "ustar\0" + "00");
  put(345, directory);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 6)}\0 `);
  return block;
}

/** `17 key=value\n`, where the number counts all of its own record. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return `${length}${rest}`;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
