import type { WordPool } from "./word-pool.js";

/** Blocks of a directory's first page, and of a page at most. */
const PAGE_ENTRIES_MIN = 2;
const PAGE_ENTRIES_MAX = 512;
/** Words before a page's entries: address of the next page, entries that fit. */
const PAGE_HEADER = 2;
/** Words of an entry: last slot, address of the block, high and low key. */
const ENTRY_WORDS = 4;
/** Words of a root: first page, last page, entries in the last page, largest keys; three are free. */
const ROOT_WORDS = 8;
const FIRST_PAGE = 0;
const LAST_PAGE = 1;
const LAST_ENTRIES = 2;
const HIGH = 3;
const LOW = 4;

/** The blocks of lists, each list by the address of its root: pages of entries, in order, which only grow at their end. */
export class BlockDirectory {
  readonly #pool: WordPool;

  constructor(pool: WordPool) {
    this.#pool = pool;
  }

  /** Makes an empty directory; returns the address of its root. */
  create(): number {
    const page = this.#makePage(PAGE_ENTRIES_MIN);
    const root = this.#pool.take(ROOT_WORDS);
    const at = this.#pool.offsetOf(root);
    const words = this.#pool.chunkOf(root);
    words.fill(0, at, at + ROOT_WORDS);
    words[at + FIRST_PAGE] = page;
    words[at + LAST_PAGE] = page;
    return root;
  }

  /** Puts a block behind the last one. */
  enter(root: number, lastSlot: number, block: number, high: number, low: number): void {
    const pool = this.#pool;
    let page = this.#get(root, LAST_PAGE);
    let entries = this.#get(root, LAST_ENTRIES);
    const room = pool.chunkOf(page)[pool.offsetOf(page) + 1]!;
    if (entries === room) {
      const next = this.#makePage(Math.min(2 * room, PAGE_ENTRIES_MAX));
      pool.chunkOf(page)[pool.offsetOf(page)] = next;
      page = next;
      entries = 0;
    }
    const words = pool.chunkOf(page);
    const entry = pool.offsetOf(page) + PAGE_HEADER + ENTRY_WORDS * entries;
    words[entry] = lastSlot;
    words[entry + 1] = block;
    words[entry + 2] = high;
    words[entry + 3] = low;
    this.#set(root, LAST_PAGE, page);
    this.#set(root, LAST_ENTRIES, entries + 1);
    this.#set(root, HIGH, Math.max(this.high(root), high));
    this.#set(root, LOW, Math.max(this.low(root), low));
  }

  /** The largest high key of the blocks. */
  high(root: number): number {
    return this.#get(root, HIGH);
  }

  /** The largest low key of the blocks. */
  low(root: number): number {
    return this.#get(root, LOW);
  }

  /** Address of the first page; the others follow by `nextPage`. */
  firstPage(root: number): number {
    return this.#get(root, FIRST_PAGE);
  }

  nextPage(page: number): number {
    return this.#get(page, 0);
  }

  /** Entries that a page has room for; all are used save in the last page. */
  entriesIn(page: number): number {
    return this.#get(page, 1);
  }

  lastSlotAt(page: number, entry: number): number {
    return this.#get(page, PAGE_HEADER + ENTRY_WORDS * entry);
  }

  blockAt(page: number, entry: number): number {
    return this.#get(page, PAGE_HEADER + ENTRY_WORDS * entry + 1);
  }

  highAt(page: number, entry: number): number {
    return this.#get(page, PAGE_HEADER + ENTRY_WORDS * entry + 2);
  }

  lowAt(page: number, entry: number): number {
    return this.#get(page, PAGE_HEADER + ENTRY_WORDS * entry + 3);
  }

  #makePage(entries: number): number {
    const page = this.#pool.take(PAGE_HEADER + ENTRY_WORDS * entries);
    this.#set(page, 0, 0);
    this.#set(page, 1, entries);
    return page;
  }

  #get(address: number, word: number): number {
    return this.#pool.chunkOf(address)[this.#pool.offsetOf(address) + word]!;
  }

  #set(address: number, word: number, value: number): void {
    this.#pool.chunkOf(address)[this.#pool.offsetOf(address) + word] = value;
  }
}
