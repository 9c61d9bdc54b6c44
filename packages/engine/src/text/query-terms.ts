import { decodeUtf8, encodeUtf8 } from "../metadata/utf8.js";
import type { Analyzer } from "./analyzer.js";
import { Tokenizer, type WordSink } from "./tokenizer.js";

/** A term of a query. */
export interface QueryTerm {
  /** UTF-8. */
  readonly bytes: Uint8Array;
  /** How often the query has it. */
  readonly count: number;
}

/** Makes the terms of a query's text as an index makes those of its texts, a little at a time. */
export class QueryTerms implements WordSink {
  readonly #analyzer: Analyzer;
  readonly #tokenizer = new Tokenizer(this);
  readonly #counts = new Map<string, number>();

  constructor(analyzer: Analyzer, text: string) {
    this.#analyzer = analyzer;
    this.#tokenizer.begin(encodeUtf8(text));
  }

  /**
   * Looks at about so many bytes more.
   *
   * @returns  false when nothing is left
   */
  step(bytes: number): boolean {
    this.#tokenizer.step(bytes);
    return !this.#tokenizer.done;
  }

  /** Called by the tokenizer. */
  word(bytes: Uint8Array, length: number): void {
    const word = decodeUtf8(bytes.subarray(0, length));
    const { termOf } = this.#analyzer;
    const term = termOf === undefined ? word : termOf(word);
    if (term !== undefined) this.#counts.set(term, (this.#counts.get(term) ?? 0) + 1);
  }

  /** The distinct terms, in the order they were met, each made when it is asked for: a long text has thousands. */
  *terms(): Generator<QueryTerm> {
    for (const [term, count] of this.#counts) yield { bytes: encodeUtf8(term), count };
  }
}
