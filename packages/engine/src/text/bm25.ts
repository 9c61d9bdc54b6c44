import type { ListScorer } from "../postings/top-search.js";

/** How fast a term's count within a text stops to matter. */
const K1 = 1.2;
/** How much long texts are held against a term. */
const B = 0.75;
/** Scores of terms are multiples of this. Their sums, below 2^21, are then exact, and so the same in any order. */
const GRID = 2 ** -32;

/** What the weight of terms rests on: the texts of all segments, those of dead records too until a merge. */
export interface TextStatistics {
  readonly texts: number;
  /** Terms of all texts together. */
  readonly terms: number;
}

/**
 * How telling a term is: ln(1 + (N - df + 0.5) / (df + 0.5)), never negative.
 *
 * @param texts    N
 * @param docFreq  df: texts with the term
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), in Lucene's form.
 */
export function inverseDocFreq(texts: number, docFreq: number): number {
  return Math.log(1 + (Math.max(0, texts - docFreq) + 0.5) / (docFreq + 0.5));
}

/** Scores the postings of one term by BM25: the payload is the term's count in the text. */
export class TermScorer implements ListScorer {
  readonly #weight: number;
  readonly #fixed: number;
  readonly #perTerm: number;
  readonly #lengthOf: (slot: number) => number;

  /**
   * @param weight    inverse document frequency, times the count of the term in the query
   * @param lengthOf  terms of a slot's text
   */
  constructor(weight: number, { texts, terms }: TextStatistics, lengthOf: (slot: number) => number) {
    const meanLength = Math.max(1, terms) / Math.max(1, texts);
    this.#weight = weight * (K1 + 1);
    this.#fixed = K1 * (1 - B);
    this.#perTerm = (K1 * B) / meanLength;
    this.#lengthOf = lengthOf;
  }

  score(slot: number, termFreq: number): number {
    return GRID * Math.round(this.#raw(termFreq, this.#lengthOf(slot)) / GRID);
  }

  /** Rounding within the formula may raise a score by one step at most. */
  bound(highestFreq: number, lowestLengthKey: number): number {
    return GRID * (Math.ceil(this.#raw(highestFreq, lengthOfKey(lowestLengthKey)) / GRID) + 1);
  }

  error(): number {
    return 0;
  }

  #raw(termFreq: number, length: number): number {
    return (this.#weight * termFreq) / (termFreq + this.#fixed + this.#perTerm * length);
  }
}

/** Grows as the length falls: a block's largest key is that of its shortest text. */
export function keyOfLength(length: number): number {
  return ~length >>> 0;
}

function lengthOfKey(key: number): number {
  return ~key >>> 0;
}
