import type { TextAnalyzer } from "../model/namespace.js";
import { SparseIndex } from "../sparse/sparse-index.js";
import { ANALYZERS, type Analyzer } from "../text/analyzer.js";
import { TextIndex } from "../text/text-index.js";
import { type Follower, followInBackground } from "./background.js";
import type { Columns } from "./columns.js";

/** Bytes of text that are looked at in one step: some 50 us, for scripts without spaces half a millisecond. */
const TEXT_STEP_BYTES = 2_048;
/** Components that are entered in one step, and a vector more. */
const SPARSE_STEP_COMPONENTS = 256;

/**
 * The inverted indexes of one segment, of its texts and of its sparse vectors. They are derived and in no file: they follow the
 * columns in the background, after each append and after opening. A search that comes first makes the steps itself.
 */
export class InvertedIndexes implements Follower {
  readonly analyzer: Analyzer;
  readonly text: TextIndex;
  readonly sparse: SparseIndex;
  readonly #columns: Columns;
  /** Slots to index. */
  #limit = 0;
  #isOpen = true;

  /** @param seed  u32, key of the dictionaries' hashes */
  constructor(columns: Columns, analyzer: TextAnalyzer, seed: number) {
    this.#columns = columns;
    this.analyzer = ANALYZERS[analyzer];
    this.text = new TextIndex(this.analyzer, seed);
    this.sparse = new SparseIndex(seed);
  }

  /** Slots that are in both. */
  get count(): number {
    return Math.min(this.text.count, this.sparse.count);
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.text.bytes + this.sparse.bytes;
  }

  /** Asks that the slots below `limit` be indexed. */
  follow(limit: number): void {
    this.#limit = limit;
    const { hasTexts, hasSparse } = this.#columns;
    if (hasTexts || hasSparse) followInBackground(this);
    else this.step();
  }

  /** Goes on for a fraction of a millisecond; returns false when nothing is left, or the segment was released. */
  step(): boolean {
    if (!this.#isOpen) return false;
    const hasText = this.stepText();
    return this.stepSparse() || hasText;
  }

  /** As `step`, for texts alone. */
  stepText(): boolean {
    return this.text.step(this.#columns, this.#limit, TEXT_STEP_BYTES);
  }

  /** As `step`, for sparse vectors alone. */
  stepSparse(): boolean {
    return this.sparse.step(this.#columns, this.#limit, SPARSE_STEP_COMPONENTS);
  }

  /** Gives up what is left to do. */
  close(): void {
    this.#isOpen = false;
  }
}
