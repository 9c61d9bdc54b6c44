import { HEAD_WORDS, PostingLists } from "../postings/posting-lists.js";
import { RecordTable } from "../postings/record-table.js";
import { WordPool } from "../postings/word-pool.js";
import { viewSparse } from "./codec.js";
import { keyOfPayload, payloadOf } from "./component-scorer.js";

/** Where the index reads sparse vectors. */
export interface SparseSource {
  /** False when no slot has one. */
  readonly hasSparse: boolean;
  /** As `codec` packs it; empty for none. */
  sparseBytesOf(slot: number): Uint8Array;
}

/** What a slot costs at least, in components that take as long. */
const SLOT_COST = 1;

const key = new Uint8Array(4);
const keyView = new DataView(key.buffer);

/**
 * The inverted index over the sparse vectors of one segment: for each component the slots that have it, with their values.
 *
 * It is derived, and follows the vectors in small steps.
 */
export class SparseIndex {
  readonly lists: PostingLists;
  readonly #pool = new WordPool();
  readonly #components: RecordTable;
  #count = 0;

  /** @param seed  u32, key of the table's hash */
  constructor(seed: number) {
    this.#components = new RecordTable(this.#pool, HEAD_WORDS, seed);
    this.lists = new PostingLists(this.#pool, {
      high: (_slot, payload) => keyOfPayload(payload),
      low: (_slot, payload) => ~keyOfPayload(payload) >>> 0,
    });
  }

  /** Slots whose vectors are in here, or that have none. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#pool.bytes + this.#components.bytes;
  }

  /** The list of a component; 0 when no vector has it. */
  find(component: number): number {
    keyView.setUint32(0, component);
    return this.#components.find(key);
  }

  /**
   * Goes on with the vectors of slots below `limit`.
   *
   * @param budget  components to enter, about; a vector has at most 1,024
   * @returns       false when nothing is left
   */
  step(source: SparseSource, limit: number, budget: number): boolean {
    if (!source.hasSparse) this.#count = Math.max(this.#count, limit);
    for (let left = budget; left > 0 && this.#count < limit; this.#count++) {
      left -= SLOT_COST + this.#enter(this.#count, source.sparseBytesOf(this.#count));
    }
    return this.#count < limit;
  }

  /** Returns the components entered. */
  #enter(slot: number, bytes: Uint8Array): number {
    const vector = viewSparse(bytes);
    if (vector === undefined) return 0;
    const { indices, values } = vector;
    for (let i = 0; i < indices.length; i++) {
      const component = indices[i]!;
      keyView.setUint32(0, component);
      this.lists.add(this.#components.intern(key, 4, component), slot, payloadOf(values[i]!));
    }
    return indices.length;
  }
}
