import { createUint32Column } from "../core/column.js";
import { grown } from "../metadata/fields/growing.js";
import { decodeUtf8, encodeUtf8 } from "../metadata/utf8.js";
import { HEAD_WORDS, PostingLists } from "../postings/posting-lists.js";
import { RecordTable } from "../postings/record-table.js";
import { WordPool } from "../postings/word-pool.js";
import type { Analyzer } from "./analyzer.js";
import { keyOfLength } from "./bm25.js";
import { Tokenizer, type WordSink } from "./tokenizer.js";

/** Where the index reads texts. */
export interface TextSource {
  /** False when no slot has a text. */
  readonly hasTexts: boolean;
  /** UTF-8, which stays as it is; undefined for none. */
  textBytesOf(slot: number): Uint8Array | undefined;
}

/** What a slot costs at least, and a posting, in bytes of text that take as long. */
const SLOT_COST = 16;
const POSTING_COST = 8;

/** Behind the head of a term's list: the last slot that has the term, + 1, and how often. */
const LAST_SLOT = HEAD_WORDS;
const FREQUENCY = HEAD_WORDS + 1;
const TERM_WORDS = HEAD_WORDS + 2;
/** What a word of an analyzed text becomes: 0 when that is not known yet, 1 for nothing, else its term. */
const WORD_WORDS = 1;
const NO_TERM = 1;

/**
 * The inverted index over the texts of one segment: for each term the slots that have it, with its count.
 *
 * It is derived, and follows the texts in small steps, so that a text of any length stalls nothing: also within a text the work
 * can stop at any piece and any posting.
 */
export class TextIndex implements WordSink {
  readonly lists: PostingLists;
  readonly #analyzer: Analyzer;
  readonly #pool = new WordPool();
  readonly #terms: RecordTable;
  /** The words as they stand in texts, where an analyzer makes other terms of them. */
  readonly #words: RecordTable;
  readonly #lengths = createUint32Column();
  readonly #tokenizer = new Tokenizer(this);
  #count = 0;
  #texts = 0;
  #termsInTexts = 0;

  /** The text under way: its distinct terms, how many of them are in the lists, and its length. */
  #isOpen = false;
  #found = new Uint32Array(0);
  #foundCount = 0;
  #listed = 0;
  #length = 0;

  /** @param seed  u32, key of the dictionary's hash */
  constructor(analyzer: Analyzer, seed: number) {
    this.#analyzer = analyzer;
    this.#terms = new RecordTable(this.#pool, TERM_WORDS, seed);
    this.#words = new RecordTable(this.#pool, WORD_WORDS, seed);
    this.lists = new PostingLists(this.#pool, {
      high: (_slot, termFreq) => termFreq,
      low: (slot) => keyOfLength(this.#lengths.get(slot)),
    });
  }

  /** Slots whose texts are in here, or that have none. */
  get count(): number {
    return this.#count;
  }

  /** Texts, those of dead slots too. */
  get texts(): number {
    return this.#texts;
  }

  /** Terms of all texts together. */
  get terms(): number {
    return this.#termsInTexts;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    const tables = this.#terms.bytes + this.#words.bytes;
    return this.#pool.bytes + tables + this.#lengths.bytes + this.#found.byteLength;
  }

  /** Terms of a slot's text. */
  lengthOf = (slot: number): number => this.#lengths.get(slot);

  /** The list of a term given as UTF-8; 0 when no text has it. */
  find(term: Uint8Array): number {
    return this.#terms.find(term);
  }

  /**
   * Goes on with the texts of slots below `limit`.
   *
   * @param budget  bytes of text to look at, about
   * @returns       false when nothing is left
   */
  step(source: TextSource, limit: number, budget: number): boolean {
    if (!source.hasTexts) this.#count = Math.max(this.#count, limit);
    for (let left = budget; left > 0; ) {
      if (!this.#isOpen && this.#count >= limit) return false;
      left -= this.#isOpen ? this.#goOn(left) : this.#begin(source);
    }
    return this.#isOpen || this.#count < limit;
  }

  /** Called by the tokenizer. */
  word(bytes: Uint8Array, length: number, hash: number): void {
    const { termOf } = this.#analyzer;
    const term =
      termOf === undefined ? this.#terms.intern(bytes, length, hash) : this.#analyze(bytes, length, hash, termOf);
    if (term === NO_TERM) return;
    this.#length++;
    const record = this.#pool.chunkOf(term);
    const at = this.#pool.offsetOf(term);
    const mark = this.#count + 1;
    if (record[at + LAST_SLOT] === mark) {
      record[at + FREQUENCY]!++;
      return;
    }
    record[at + LAST_SLOT] = mark;
    record[at + FREQUENCY] = 1;
    if (this.#foundCount === this.#found.length) this.#found = grown(this.#found, this.#foundCount + 1);
    this.#found[this.#foundCount++] = term;
  }

  #begin(source: TextSource): number {
    const text = source.textBytesOf(this.#count);
    if (text === undefined) {
      this.#count++;
      return SLOT_COST;
    }
    this.#tokenizer.begin(text);
    this.#isOpen = true;
    this.#foundCount = 0;
    this.#listed = 0;
    this.#length = 0;
    return SLOT_COST;
  }

  /** Goes on with the text under way; returns what it cost. */
  #goOn(budget: number): number {
    if (!this.#tokenizer.done) return this.#tokenizer.step(budget);
    if (this.#listed === 0) this.#lengths.set(this.#count, this.#length);
    const end = Math.min(this.#foundCount, this.#listed + Math.ceil(budget / POSTING_COST));
    const cost = POSTING_COST * (end - this.#listed);
    for (; this.#listed < end; this.#listed++) {
      const term = this.#found[this.#listed]!;
      const frequency = this.#pool.chunkOf(term)[this.#pool.offsetOf(term) + FREQUENCY]!;
      this.lists.add(term, this.#count, frequency);
    }
    if (this.#listed === this.#foundCount) this.#close();
    return cost;
  }

  #close(): void {
    this.#isOpen = false;
    this.#texts++;
    this.#termsInTexts += this.#length;
    this.#count++;
  }

  /** The term of a word, NO_TERM for none. Each distinct word is analyzed once. */
  #analyze(bytes: Uint8Array, length: number, hash: number, termOf: NonNullable<Analyzer["termOf"]>): number {
    const word = this.#words.intern(bytes, length, hash);
    const known = this.#pool.chunkOf(word)[this.#pool.offsetOf(word)]!;
    if (known !== 0) return known;
    const text = termOf(decodeUtf8(bytes.subarray(0, length)));
    const utf8 = text === undefined ? undefined : encodeUtf8(text);
    const term = utf8 === undefined ? NO_TERM : this.#terms.intern(utf8, utf8.length, hash);
    this.#pool.chunkOf(word)[this.#pool.offsetOf(word)] = term;
    return term;
  }
}
