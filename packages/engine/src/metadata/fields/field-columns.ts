import { BLOCK_SLOTS } from "../../core/block-bits.js";
import type { FieldColumn } from "./field-column.js";
import { FieldTree } from "./field-tree.js";
import { MetadataReader } from "./metadata-reader.js";
import { OffsetSet } from "./offset-set.js";

/**
 * The metadata of one segment by field: what filters are resolved with, in typed arrays, without reading JSON.
 *
 * Derived from the stored metadata, and filled behind it: slots below `count` are in here. What a column cannot hold is
 * marked, so that a filter asks the stored metadata of just those records.
 */
export class FieldColumns {
  readonly #tree: FieldTree;
  readonly #reader: MetadataReader;
  /** By block. */
  readonly #partial: OffsetSet[] = [];
  readonly #damaged: OffsetSet[] = [];
  #count = 0;

  /** @param seed  u32, key of the dictionaries' hashes */
  constructor(seed: number) {
    this.#tree = new FieldTree(seed);
    this.#reader = new MetadataReader(this.#tree);
  }

  /** Slots that are in here. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of memory held. Cost: one step for each field and block. */
  get bytes(): number {
    const marks = [...this.#partial, ...this.#damaged];
    return this.#tree.bytes + marks.reduce((sum, set) => sum + set.bytes, 0);
  }

  /**
   * Enters the next slot.
   *
   * @param metadata  UTF-8 JSON; empty when the record has none
   * Cost: about 5 ns a byte.
   */
  add(metadata: Uint8Array): void {
    const slot = this.#count++;
    if (metadata.length === 0) return;
    const outcome = this.#reader.read(metadata, slot);
    if (outcome === "partly") mark(this.#partial, slot);
    else if (outcome === "damaged") mark(this.#damaged, slot);
  }

  /** The column of a field; undefined when no record has one. */
  column(path: readonly string[]): FieldColumn | undefined {
    return this.#tree.column(path);
  }

  /** Records of a block that have fields without a column. */
  partialIn(block: number): OffsetSet | undefined {
    return this.#partial[block];
  }

  /** Records of a block whose metadata could not be read. */
  damagedIn(block: number): OffsetSet | undefined {
    return this.#damaged[block];
  }
}

function mark(sets: OffsetSet[], slot: number): void {
  const index = Math.floor(slot / BLOCK_SLOTS);
  while (sets.length <= index) sets.push(new OffsetSet());
  sets[index]!.add(slot % BLOCK_SLOTS);
}
