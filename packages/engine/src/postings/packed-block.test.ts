import { describe, expect, it } from "vitest";
import { createRandom } from "../storage/random.js";
import { BLOCK_POSTINGS, firstSlotOf, packBlock, unpackBlock } from "./packed-block.js";
import { WordPool } from "./word-pool.js";

const SEED = 4_711;

function roundTrip(slots: Uint32Array, payloads: Uint32Array) {
  const pool = new WordPool();
  const block = packBlock(slots, payloads, pool);
  const [words, at] = [pool.chunkOf(block), pool.offsetOf(block)];
  const found = { slots: new Uint32Array(BLOCK_POSTINGS).fill(9), payloads: new Uint32Array(BLOCK_POSTINGS).fill(9) };
  unpackBlock(words, at, found.slots, found.payloads);
  expect(firstSlotOf(words, at)).toBe(slots[0]);
  return found;
}

describe("a packed block", () => {
  it.each(Array.from({ length: 33 }, (_, width) => width))(`gives back payloads of %i bits, seed ${SEED}`, (width) => {
    const random = createRandom(SEED + width);
    const slots = Uint32Array.from({ length: BLOCK_POSTINGS }, (_, i) => 5 + 3 * i);
    const payloads = Uint32Array.from(slots, () => Math.floor(random() * 2 ** width));
    payloads[7] = 2 ** width - 1;
    expect(roundTrip(slots, payloads)).toEqual({ slots, payloads });
  });

  it.each([0, 1, 2, 5, 16, 23])(`gives back slots with gaps of up to %i bits, seed ${SEED}`, (width) => {
    const random = createRandom(SEED + width);
    let slot = 0;
    const slots = Uint32Array.from({ length: BLOCK_POSTINGS }, () => {
      slot += 1 + Math.floor(random() * 2 ** width);
      return slot;
    });
    const payloads = slots.map((_, i) => i);
    expect(roundTrip(slots, payloads)).toEqual({ slots, payloads });
  });

  it("takes three words for neighboring slots of one payload", () => {
    const pool = new WordPool();
    const slots = Uint32Array.from({ length: BLOCK_POSTINGS }, (_, i) => 1_000 + i);
    const first = packBlock(slots, new Uint32Array(BLOCK_POSTINGS).fill(77), pool);
    expect(packBlock(slots, new Uint32Array(BLOCK_POSTINGS), pool) - first).toBe(3);
  });
});
