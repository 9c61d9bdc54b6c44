/** Slots are looked at in blocks of so many; inside of one a slot is a u16, its offset. */
export const BLOCK_SLOTS = 65_536;
/** u32 words of a set of offsets. */
export const BLOCK_WORDS = BLOCK_SLOTS / 32;

/** A set of the offsets of one block, one bit each: u32[BLOCK_WORDS]. What filters are resolved with, block by block. */
export type BlockBits = Uint32Array;

/** An empty set. */
export function createBlockBits(): BlockBits {
  return new Uint32Array(BLOCK_WORDS);
}
