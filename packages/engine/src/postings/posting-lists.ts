import { BlockDirectory } from "./block-directory.js";
import { BLOCK_POSTINGS, firstSlotOf, packBlock, unpackBlock } from "./packed-block.js";
import type { WordPool } from "./word-pool.js";

/**
 * Two keys of a posting by which a block is bounded: what a posting scores may only grow with each of them, so that the
 * largest of both in a block bound all its postings. u32.
 */
export interface PostingKeys {
  high(slot: number, payload: number): number;
  low(slot: number, payload: number): number;
}

/** Words of a list's head: postings, address of the tail, root of the directory (0: none). All 0 is an empty list. */
export const HEAD_WORDS = 3;
const COUNT = 0;
const TAIL = 1;
const ROOT = 2;

const blockSlots = new Uint32Array(BLOCK_POSTINGS);
const blockPayloads = new Uint32Array(BLOCK_POSTINGS);

/**
 * Lists of postings, (slot, payload) by ascending slot, in typed arrays: usable from the first posting, compact when long. A list
 * is named by the address of its head, three words that the owner of the pool puts where it likes.
 *
 * A list's newest postings, at most 127, stand uncompressed in its tail, whose room doubles. Each 128 are packed into a block
 * that never changes again, and entered in the list's directory, so that a cursor skips blocks without reading them.
 */
export class PostingLists {
  readonly keys: PostingKeys;
  /** For cursors. */
  readonly directory: BlockDirectory;
  readonly #pool: WordPool;

  constructor(pool: WordPool, keys: PostingKeys) {
    this.keys = keys;
    this.#pool = pool;
    this.directory = new BlockDirectory(pool);
  }

  /** Postings of a list; 0 for address 0, which is no list. */
  count(list: number): number {
    return list === 0 ? 0 : this.#get(list, COUNT);
  }

  /** Appends a posting whose slot is above those that the list has. Cost: constant, save that each 128th packs a block. */
  add(list: number, slot: number, payload: number): void {
    const count = this.#get(list, COUNT);
    const inTail = count & (BLOCK_POSTINGS - 1);
    // At each power of two the tail is full.
    if ((inTail & (inTail - 1)) === 0) this.#set(list, TAIL, this.#moreRoom(this.#get(list, TAIL), inTail));
    const tail = this.#get(list, TAIL);
    const words = this.#pool.chunkOf(tail);
    const at = this.#pool.offsetOf(tail) + 2 * inTail;
    words[at] = slot;
    words[at + 1] = payload;
    if (inTail === BLOCK_POSTINGS - 1) this.#set(list, ROOT, this.#seal(tail, this.#get(list, ROOT)));
    this.#set(list, COUNT, count + 1);
  }

  /** Root of the list's directory; 0 while it has no block. */
  rootOf(list: number): number {
    return this.#get(list, ROOT);
  }

  /**
   * Copies the tail of a list.
   *
   * @param slots     u32[128] to write to, as are `payloads`
   * @returns         postings written, 0..127
   */
  readTail(list: number, slots: Uint32Array, payloads: Uint32Array): number {
    const inTail = this.count(list) % BLOCK_POSTINGS;
    if (inTail === 0) return 0;
    const tail = this.#get(list, TAIL);
    const words = this.#pool.chunkOf(tail);
    const at = this.#pool.offsetOf(tail);
    for (let i = 0; i < inTail; i++) {
      slots[i] = words[at + 2 * i]!;
      payloads[i] = words[at + 2 * i + 1]!;
    }
    return inTail;
  }

  /** Reads the block at an address that the directory gave. */
  readBlock(block: number, slots: Uint32Array, payloads: Uint32Array): void {
    unpackBlock(this.#pool.chunkOf(block), this.#pool.offsetOf(block), slots, payloads);
  }

  /** The first slot of such a block. */
  firstSlotOf(block: number): number {
    return firstSlotOf(this.#pool.chunkOf(block), this.#pool.offsetOf(block));
  }

  #get(list: number, word: number): number {
    return this.#pool.chunkOf(list)[this.#pool.offsetOf(list) + word]!;
  }

  /** The chunk is asked for each time: it moves while the pool is small. */
  #set(list: number, word: number, value: number): void {
    this.#pool.chunkOf(list)[this.#pool.offsetOf(list) + word] = value;
  }

  /** A tail of twice the room, to which the old one's postings are moved; one of its first posting when there is none. */
  #moreRoom(old: number, inTail: number): number {
    const pool = this.#pool;
    if (inTail === 0) return pool.take(2);
    const tail = pool.take(4 * inTail);
    const start = pool.offsetOf(old);
    pool.chunkOf(tail).set(pool.chunkOf(old).subarray(start, start + 2 * inTail), pool.offsetOf(tail));
    pool.give(old, 2 * inTail);
    return tail;
  }

  /** Packs a tail, which has 128 postings, and enters it in the directory, which is made if there is none; returns its root. */
  #seal(tail: number, root: number): number {
    const pool = this.#pool;
    const words = pool.chunkOf(tail);
    const start = pool.offsetOf(tail);
    let high = 0;
    let low = 0;
    for (let i = 0; i < BLOCK_POSTINGS; i++) {
      const slot = words[start + 2 * i]!;
      const payload = words[start + 2 * i + 1]!;
      blockSlots[i] = slot;
      blockPayloads[i] = payload;
      high = Math.max(high, this.keys.high(slot, payload));
      low = Math.max(low, this.keys.low(slot, payload));
    }
    pool.give(tail, 2 * BLOCK_POSTINGS);
    const block = packBlock(blockSlots, blockPayloads, pool);
    const directory = root === 0 ? this.directory.create() : root;
    this.directory.enter(directory, blockSlots[BLOCK_POSTINGS - 1]!, block, high, low);
    return directory;
  }
}
