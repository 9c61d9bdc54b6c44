import type { WordPool } from "./word-pool.js";

/** Postings of a block. */
export const BLOCK_POSTINGS = 128;
/** Words before the packed numbers: first slot, widths, least payload. */
const HEADER_WORDS = 3;
/** Words that 128 numbers of one bit take. */
const WORDS_PER_BIT = BLOCK_POSTINGS / 32;

const gaps = new Uint32Array(BLOCK_POSTINGS);
const rests = new Uint32Array(BLOCK_POSTINGS);

/**
 * Packs 128 postings: the gaps between slots, and payloads less the least of them, each with as many bits as the largest
 * needs. Frequent terms take about a byte a posting that way, where 8 would stand uncompressed.
 *
 * @param slots     u32[128], strictly ascending
 * @param payloads  u32[128]
 * @returns         the block's address in the pool
 */
export function packBlock(slots: Uint32Array, payloads: Uint32Array, pool: WordPool): number {
  const least = payloads.reduce((a, b) => Math.min(a, b));
  let gapBits = 0;
  let restBits = 0;
  for (let i = 0; i < BLOCK_POSTINGS; i++) {
    gaps[i] = i === 0 ? 0 : slots[i]! - slots[i - 1]! - 1;
    rests[i] = payloads[i]! - least;
    gapBits |= gaps[i]!;
    restBits |= rests[i]!;
  }
  const gapWidth = 32 - Math.clz32(gapBits);
  const restWidth = 32 - Math.clz32(restBits);
  const address = pool.take(HEADER_WORDS + WORDS_PER_BIT * (gapWidth + restWidth));
  const words = pool.chunkOf(address);
  const at = pool.offsetOf(address);
  words[at] = slots[0]!;
  words[at + 1] = gapWidth | (restWidth << 8);
  words[at + 2] = least;
  pack(gaps, gapWidth, words, at + HEADER_WORDS);
  pack(rests, restWidth, words, at + HEADER_WORDS + WORDS_PER_BIT * gapWidth);
  return address;
}

/**
 * Reads a block back.
 *
 * @param slots     u32[128] to write to
 * @param payloads  u32[128] to write to
 */
export function unpackBlock(words: Uint32Array, at: number, slots: Uint32Array, payloads: Uint32Array): void {
  const gapWidth = words[at + 1]! & 0xff;
  unpack(words, at + HEADER_WORDS, gapWidth, slots);
  let slot = words[at]!;
  slots[0] = slot;
  for (let i = 1; i < BLOCK_POSTINGS; i++) {
    slot += slots[i]! + 1;
    slots[i] = slot;
  }
  const least = words[at + 2]!;
  unpack(words, at + HEADER_WORDS + WORDS_PER_BIT * gapWidth, words[at + 1]! >>> 8, payloads);
  if (least !== 0) for (let i = 0; i < BLOCK_POSTINGS; i++) payloads[i]! += least;
}

/** The first slot of a block, read without unpacking. */
export function firstSlotOf(words: Uint32Array, at: number): number {
  return words[at]!;
}

function pack(values: Uint32Array, width: number, words: Uint32Array, at: number): void {
  words.fill(0, at, at + WORDS_PER_BIT * width);
  for (let i = 0, bit = 0; i < BLOCK_POSTINGS && width > 0; i++, bit += width) {
    const word = at + (bit >>> 5);
    const shift = bit & 31;
    words[word]! |= values[i]! << shift;
    if (shift + width > 32) words[word + 1]! |= values[i]! >>> (32 - shift);
  }
}

function unpack(words: Uint32Array, at: number, width: number, values: Uint32Array): void {
  if (width === 0) {
    values.fill(0);
    return;
  }
  const mask = width === 32 ? -1 : (1 << width) - 1;
  for (let i = 0, bit = 0; i < BLOCK_POSTINGS; i++, bit += width) {
    const word = at + (bit >>> 5);
    const shift = bit & 31;
    let value = words[word]! >>> shift;
    if (shift + width > 32) value |= words[word + 1]! << (32 - shift);
    values[i] = value & mask;
  }
}
