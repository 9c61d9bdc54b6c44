import { decodeUtf8 } from "../metadata/utf8.js";
import { ASCII_KINDS, findPiece, PIECE_UNITS_MAX, type Piece } from "./piece.js";
import { wordsOf } from "./words.js";

/** Told of each word of a text, in order. */
export interface WordSink {
  /**
   * @param bytes  UTF-8 of the word in [0, length); valid during the call
   * @param hash   u32 of these bytes: cheap, and easy to collide on purpose, so good for a cache only
   */
  word(bytes: Uint8Array, length: number, hash: number): void;
}

/** NFKC makes at most 18 characters of one, and a character at most 3 bytes for each unit. */
const WORD_BYTES_MAX = 3 * 18 * PIECE_UNITS_MAX;

/** FNV-1a. */
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

const encoder = new TextEncoder();
/** The word under way: one call of a sink uses it at a time. */
const scratch = new Uint8Array(WORD_BYTES_MAX);

/**
 * Cuts a text into words, a little at a time: runs of letters and numbers, folded by NFKC and to lower case. Scripts that
 * write no spaces are cut by `Intl.Segmenter`. Pieces between white space are looked at one by one; those of ASCII, most of most texts,
 * without making strings of them.
 */
export class Tokenizer {
  readonly #sink: WordSink;
  readonly #piece: Piece = { end: 0, isAscii: true };
  #text = new Uint8Array(0);
  #at = 0;

  constructor(sink: WordSink) {
    this.#sink = sink;
  }

  /** Begins with a text, well-formed UTF-8, which must not change until it is done. */
  begin(text: Uint8Array): void {
    this.#text = text as Uint8Array<ArrayBuffer>;
    this.#at = 0;
  }

  /** True when all of the text was looked at. */
  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /**
   * Goes on for about so many bytes, and a piece more.
   *
   * @returns  bytes looked at
   */
  step(bytes: number): number {
    const text = this.#text;
    const start = this.#at;
    while (this.#at < text.length && this.#at - start < bytes) {
      const byte = text[this.#at]!;
      if (byte < 0x80 && ASCII_KINDS[byte] === 0) this.#at++;
      else this.#readPiece();
    }
    return this.#at - start;
  }

  #readPiece(): void {
    const from = this.#at;
    findPiece(this.#text, from, this.#piece);
    const { end, isAscii } = this.#piece;
    this.#at = end;
    if (isAscii) this.#readAscii(from, end);
    else for (const word of wordsOf(decodeUtf8(this.#text.subarray(from, end)))) this.#emit(word);
  }

  #readAscii(from: number, end: number): void {
    const text = this.#text;
    let length = 0;
    let hash = HASH_START;
    for (let at = from; at < end; at++) {
      const kind = ASCII_KINDS[text[at]!]!;
      if (kind > 1) {
        scratch[length++] = kind;
        hash = Math.imul(hash ^ kind, HASH_PRIME);
      } else if (length > 0) {
        this.#sink.word(scratch, length, hash >>> 0);
        length = 0;
        hash = HASH_START;
      }
    }
    if (length > 0) this.#sink.word(scratch, length, hash >>> 0);
  }

  #emit(word: string): void {
    const length = encoder.encodeInto(word, scratch).written;
    let hash = HASH_START;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ scratch[i]!, HASH_PRIME);
    this.#sink.word(scratch, length, hash >>> 0);
  }
}
