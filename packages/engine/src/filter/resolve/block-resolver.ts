import type { BlockBits } from "../../core/block-bits.js";

/** A part of a filter that can be resolved for one block of slots at a time. */
export interface BlockResolver {
  /**
   * Writes to `into` which slots of a block match; bits of slots that do not exist are of no meaning.
   *
   * @param into  u32[BLOCK_WORDS], overwritten
   */
  resolve(block: number, into: BlockBits): void;

  /**
   * Sorts columns that this part needs, as far as they are not sorted yet and it is worth it, so that resolving is short work.
   *
   * @returns  false when there was nothing to do; else call again, after others had a turn
   */
  prepare(block: number): boolean;
}
