import { BLOCK_SLOTS } from "../../core/block-bits.js";
import { OffsetSet } from "./offset-set.js";
import { ValueBlock } from "./value-block.js";

/** One field in the records of one block. */
export class FieldBlock {
  /** Records that have the field, whatever its value. */
  readonly present = new OffsetSet();
  /** The field's own value, where it is a scalar. */
  readonly own: ValueBlock;
  /** The scalars in it, where it is an array. */
  elements: ValueBlock | undefined;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.own = new ValueBlock(seed);
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.present.bytes + this.own.bytes + (this.elements?.bytes ?? 0);
  }

  /** Where the elements of arrays go. */
  makeElements(): ValueBlock {
    this.elements ??= new ValueBlock(this.#seed);
    return this.elements;
  }

  /** Does a step of a millisecond or less of sorting; false when all is sorted. The block must be full. */
  seal(): boolean {
    return this.own.seal() || this.elements?.seal() === true;
  }

  /** As `seal`, of a block that is not full. */
  sortOpen(): boolean {
    return this.own.sortOpen() || this.elements?.sortOpen() === true;
  }
}

/** The values of one field of a segment, in blocks of slots. Blocks without the field do not exist. */
export class FieldColumn {
  readonly #blocks: (FieldBlock | undefined)[] = [];
  readonly #seed: number;

  /** @param seed  u32, key of hashes */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Bytes of memory held. Cost: one step a block. */
  get bytes(): number {
    return this.#blocks.reduce((sum, block) => sum + (block?.bytes ?? 0), 0);
  }

  /** The field in the slots from `index` x BLOCK_SLOTS on; undefined where no record has it. */
  block(index: number): FieldBlock | undefined {
    return this.#blocks[index];
  }

  /** Where the field of a slot goes, which has it. Slots come in ascending order. */
  enter(slot: number): FieldBlock {
    const index = Math.floor(slot / BLOCK_SLOTS);
    let block = this.#blocks[index];
    if (block === undefined) {
      block = new FieldBlock(this.#seed);
      // Filled from the front, so that no element is ever a hole.
      while (this.#blocks.length < index) this.#blocks.push(undefined);
      this.#blocks[index] = block;
    }
    block.present.add(slot % BLOCK_SLOTS);
    return block;
  }
}
