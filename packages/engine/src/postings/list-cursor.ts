import { BLOCK_POSTINGS } from "./packed-block.js";
import type { PostingLists } from "./posting-lists.js";

/** No slot: above every one. */
export const NO_SLOT = 2 ** 32 - 1;

/**
 * Walks one list forward, block by block, and unpacks a block only when it is asked to.
 *
 * It sees the list as it was when the cursor was made: blocks never change, and the tail is copied, which is its last block.
 * So appends may go on while a search takes its time.
 */
export class ListCursor {
  /** Postings of the list. */
  readonly count: number;
  /** u32[128], valid up to `length` after `load`. */
  readonly slots = new Uint32Array(BLOCK_POSTINGS);
  readonly payloads = new Uint32Array(BLOCK_POSTINGS);
  length = 0;
  /** Index in `slots` of the posting that a walk stands at; the walker moves it. */
  at = 0;
  /** Of the block that `seek` found; `NO_SLOT` when there is none. */
  lastSlot = 0;
  high = 0;
  low = 0;
  /** The largest keys of the whole list. */
  highest = 0;
  lowest = 0;

  readonly #lists: PostingLists;
  readonly #blocks: number;
  readonly #tailSlots = new Uint32Array(BLOCK_POSTINGS);
  readonly #tailPayloads = new Uint32Array(BLOCK_POSTINGS);
  readonly #tailLength: number;
  #tailHigh = 0;
  #tailLow = 0;
  /** The block that `seek` found: its index in the list, its page, and where in that. */
  #block = 0;
  #page = 0;
  #entry = 0;
  #loaded = -1;

  constructor(lists: PostingLists, list: number) {
    this.#lists = lists;
    this.count = lists.count(list);
    this.#blocks = Math.floor(this.count / BLOCK_POSTINGS);
    this.#tailLength = lists.readTail(list, this.#tailSlots, this.#tailPayloads);
    this.#boundTail();
    this.highest = this.#tailHigh;
    this.lowest = this.#tailLow;
    const root = lists.rootOf(list);
    if (root !== 0) {
      this.#page = lists.directory.firstPage(root);
      this.highest = Math.max(this.highest, lists.directory.high(root));
      this.lowest = Math.max(this.lowest, lists.directory.low(root));
    }
    this.#look();
  }

  /** Goes to the first block from here on that may hold a slot at or above `from`; false when there is none. */
  seek(from: number): boolean {
    while (this.lastSlot < from) {
      this.#block++;
      this.#entry++;
      this.#look();
    }
    return this.lastSlot !== NO_SLOT;
  }

  /**
   * Of the block that `seek` found: the first slot at or above `from` where that is known without unpacking, else one that is
   * not above it.
   */
  firstFrom(from: number): number {
    if (this.#loaded === this.#block && this.at < this.length) return Math.max(from, this.slots[this.at]!);
    const isTail = this.#block >= this.#blocks;
    return Math.max(from, isTail ? this.#tailSlots[0]! : this.#lists.firstSlotOf(this.#blockAddress()));
  }

  /** Unpacks the block that `seek` found into `slots` and `payloads`, if it is not there already. */
  load(): void {
    if (this.#loaded === this.#block) return;
    this.#loaded = this.#block;
    this.at = 0;
    if (this.#block < this.#blocks) {
      this.length = BLOCK_POSTINGS;
      this.#lists.readBlock(this.#blockAddress(), this.slots, this.payloads);
      return;
    }
    this.length = this.#tailLength;
    this.slots.set(this.#tailSlots);
    this.payloads.set(this.#tailPayloads);
  }

  /** Goes to the first posting whose slot is `slot` or above and returns its slot, `NO_SLOT` when there is none. */
  advance(slot: number): number {
    if (!this.seek(slot)) return NO_SLOT;
    this.load();
    // The block's last slot is `slot` or above, so the walk ends within it.
    let at = this.at;
    while (this.slots[at]! < slot) at++;
    this.at = at;
    return this.slots[at]!;
  }

  #blockAddress(): number {
    return this.#lists.directory.blockAt(this.#page, this.#entry);
  }

  /** Reads the directory's entry of the present block, or what is known of the tail. */
  #look(): void {
    if (this.#block >= this.#blocks) {
      const hasTail = this.#block === this.#blocks && this.#tailLength > 0;
      this.lastSlot = hasTail ? this.#tailSlots[this.#tailLength - 1]! : NO_SLOT;
      this.high = this.#tailHigh;
      this.low = this.#tailLow;
      return;
    }
    const { directory } = this.#lists;
    if (this.#entry === directory.entriesIn(this.#page)) {
      this.#page = directory.nextPage(this.#page);
      this.#entry = 0;
    }
    this.lastSlot = directory.lastSlotAt(this.#page, this.#entry);
    this.high = directory.highAt(this.#page, this.#entry);
    this.low = directory.lowAt(this.#page, this.#entry);
  }

  #boundTail(): void {
    const { keys } = this.#lists;
    for (let i = 0; i < this.#tailLength; i++) {
      const slot = this.#tailSlots[i]!;
      const payload = this.#tailPayloads[i]!;
      this.#tailHigh = Math.max(this.#tailHigh, keys.high(slot, payload));
      this.#tailLow = Math.max(this.#tailLow, keys.low(slot, payload));
    }
  }
}
