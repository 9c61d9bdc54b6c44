import { CODE, ConnectionError } from "./frames.js";
import { ENTRY_BYTES, type HeaderList, STATIC_TABLE } from "./header-list.js";
import { decodeHuffman } from "./huffman.js";

/** What a table may hold, as nobody has said otherwise. */
const TABLE_BYTES_MAX = 4_096;
const STATIC_ENTRIES = STATIC_TABLE.length / 2;
/** More octets make no integer that anybody needs. */
const INTEGER_SHIFT_MAX = 21;

function broken(what: string): ConnectionError {
  return new ConnectionError(CODE.compressionError, what);
}

/** Reads the header blocks of a connection (HPACK, RFC 7541), each once, in their order: they build on each other. */
export class HeaderDecoder {
  /** Names and values by turns, the oldest first; those before `#first` were evicted. */
  #entries: string[] = [];
  #first = 0;
  #bytes = 0;
  #bytesMax = TABLE_BYTES_MAX;
  /** A block that left the table as it was; as long as the table stays so, the same bytes mean the same. */
  #last: { readonly block: Buffer; readonly list: HeaderList } | undefined;
  readonly #listBytesMax: number;
  /** Of the block that is read. */
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** @param listBytesMax  of a list's names and values: a few bytes of a block may stand for many */
  constructor(listBytesMax: number) {
    this.#listBytesMax = listBytesMax;
  }

  /**
   * The same list for the same block, where it can be.
   *
   * @throws ConnectionError when the block is broken, or stands for too much: then nothing that follows can be read
   */
  decode(block: Buffer): HeaderList {
    if (this.#last?.block.equals(block)) return this.#last.list;
    const list: string[] = [];
    this.#block = block;
    this.#at = 0;
    let isPlain = true;
    let bytes = 0;
    while (this.#at < block.length) {
      const before = list.length;
      if (!this.#field(list)) isPlain = false;
      for (let at = before; at < list.length; at++) bytes += list[at]!.length;
      if (bytes > this.#listBytesMax) throw new ConnectionError(CODE.enhanceYourCalm, "headers are too large");
    }
    // A copy: the block is a window of a buffer that others have a part in.
    if (isPlain) this.#last = { block: Buffer.from(block), list };
    return list;
  }

  /** Reads one instruction. @returns false when it changed the table */
  #field(list: string[]): boolean {
    const first = this.#block[this.#at]!;
    if (first >= 0x80) {
      const at = this.#integer(7);
      list.push(this.#nameAt(at), this.#valueAt(at));
      return true;
    }
    const isKept = first >= 0x40;
    if (!isKept && first >= 0x20) {
      this.#resize(list);
      return false;
    }
    const at = this.#integer(isKept ? 6 : 4);
    const name = at === 0 ? this.#text() : this.#nameAt(at);
    const value = this.#text();
    list.push(name, value);
    if (isKept) this.#insert(name, value);
    return !isKept;
  }

  /** Section 4.2: only before the first header of a block. */
  #resize(list: readonly string[]): void {
    const bytesMax = this.#integer(5);
    if (list.length > 0 || bytesMax > TABLE_BYTES_MAX)
      throw broken("the table of headers is resized where it may not be");
    this.#bytesMax = bytesMax;
    this.#last = undefined;
    this.#evict();
  }

  #nameAt(at: number): string {
    return this.#entryAt(at, 0);
  }

  #valueAt(at: number): string {
    return this.#entryAt(at, 1);
  }

  /** Sections 2.3.1 to 2.3.3: the static table, then the newest of ours. */
  #entryAt(at: number, part: 0 | 1): string {
    if (at > 0 && at <= STATIC_ENTRIES) return STATIC_TABLE[2 * (at - 1) + part]!;
    const back = this.#entries.length - 2 * (at - STATIC_ENTRIES);
    if (at === 0 || back < this.#first) throw broken("a header is named by a number that has none");
    return this.#entries[back + part]!;
  }

  #insert(name: string, value: string): void {
    this.#last = undefined;
    this.#entries.push(name, value);
    this.#bytes += sizeOf(name, value);
    this.#evict();
  }

  /** Section 4.3. */
  #evict(): void {
    while (this.#bytes > this.#bytesMax) {
      this.#bytes -= sizeOf(this.#entries[this.#first]!, this.#entries[this.#first + 1]!);
      this.#first += 2;
    }
    // Not each time: it moves all that are left.
    if (this.#first <= this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  /** Section 5.1. */
  #integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (shift > INTEGER_SHIFT_MAX) throw broken("a number of a header block is too large");
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Section 5.2. */
  #text(): string {
    const isCoded = this.#block[this.#at]! >= 0x80;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw broken("a header block ends within a header");
    this.#at = end;
    if (!isCoded) return this.#block.toString("latin1", start, end);
    const text = decodeHuffman(this.#block, start, end);
    if (text === undefined) throw broken("a header's text is not what its code allows");
    return text;
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw broken("a header block ends within a header");
    return byte;
  }
}

const sizeOf = (name: string, value: string): number => name.length + value.length + ENTRY_BYTES;
