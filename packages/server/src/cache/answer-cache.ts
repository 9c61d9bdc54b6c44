import { LRUCache } from "lru-cache";
import { type Basis, stateOf } from "./basis.js";
import { bytesOf } from "./bytes-of.js";
import { type DigestedQuery, digestQuery } from "./query-digest.js";
import { SeenDigests } from "./seen-digests.js";

/** A namespace that was written less than this ago is about to be written again: what is kept would be thrown away. */
const QUIET_MS = 1_000;
/** Of each entry beside its answer: its key, and its places in the tables. */
const ENTRY_BYTES = 512;
/** No answer takes more than this share of the cache. */
const SHARE_MAX = 1 / 8;

/** What a cache did and holds. */
export interface CacheNumbers {
  /** Answers found. */
  readonly hits: number;
  /** Answers not found. */
  readonly misses: number;
  /** Answers dropped to make room. */
  readonly evictions: number;
  /** Bytes held. */
  readonly sizeBytes: number;
}

/** A query that was looked for. */
export interface Look<Answer> {
  /** What was kept for it; undefined: run it, and offer the answer. */
  readonly answer: Answer | undefined;
  readonly digest: Buffer;
  readonly basis: Basis;
}

interface Entry<Answer> {
  readonly answer: Answer;
  readonly bytes: number;
  readonly expiresAtMs: number;
  readonly shelf: Shelf;
}

/** The entries of one namespace, all of one state of it. */
interface Shelf {
  state: string;
  readonly keys: Set<string>;
  hits: number;
  misses: number;
  evictions: number;
  sizeBytes: number;
}

/**
 * Keeps answers of queries, the least recently used ones for the shortest time, while the state that they were found in lasts: a write to
 * the namespace, a restored snapshot or a changed quota makes them worthless, and so does the first expiry of any of its records.
 * What is kept is the answer itself: nobody may change it.
 *
 * Bounded in bytes; beside them each namespace that was asked takes about 200 until it is deleted.
 */
export class AnswerCache<Answer extends object> {
  readonly #entries: LRUCache<string, Entry<Answer>>;
  readonly #shelves = new Map<number, Shelf>();
  readonly #seen = new SeenDigests();
  readonly #entryBytesMax: number;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  /** @param bytesMax  1 or more */
  constructor(bytesMax: number) {
    this.#entryBytesMax = Math.ceil(bytesMax * SHARE_MAX);
    this.#entries = new LRUCache({
      maxSize: bytesMax,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: (entry, key, why) => this.#onGone(entry, key, why === "evict"),
    });
  }

  /**
   * Looks for the answer of a query. Only who may see the answer, and has room in the quotas, may ask.
   *
   * @param basis  of now, read in the same turn
   * @returns      undefined, and nothing is counted, when the namespace was written a moment ago
   */
  look(basis: Basis, query: DigestedQuery): Look<Answer> | undefined {
    if (basis.nowMs - basis.writtenAtMs < QUIET_MS) return undefined;
    const shelf = this.#shelfOf(basis);
    const digest = digestQuery(shelf.state, query);
    const found = this.#entries.get(keyOf(digest));
    const isFound = found !== undefined && basis.nowMs < found.expiresAtMs;
    if (found !== undefined && !isFound) this.#entries.delete(keyOf(digest));
    shelf[isFound ? "hits" : "misses"]++;
    if (isFound) this.#hits++;
    else this.#misses++;
    return { answer: isFound ? found.answer : undefined, digest, basis };
  }

  /**
   * Keeps an answer if its query came before, it is not too large, and nothing was written while the query ran.
   *
   * @param look   of the query, before it ran
   * @param after  the basis since then; undefined when the namespace is gone, or takes no queries any more
   */
  offer({ basis, digest }: Look<Answer>, after: Basis | undefined, answer: Answer): void {
    if (after === undefined || stateOf(after) !== stateOf(basis)) return;
    if (!this.#seen.note(digest)) return;
    const bytes = ENTRY_BYTES + bytesOf(answer);
    if (bytes > this.#entryBytesMax) return;
    const shelf = this.#shelfOf(after);
    const key = keyOf(digest);
    // The expiry of before: a record whose time came while the query ran may be in the answer.
    this.#entries.set(key, { answer, bytes, expiresAtMs: basis.nextExpiryMs, shelf });
    shelf.keys.add(key);
    shelf.sizeBytes += bytes;
  }

  /** Drops the answers of a namespace; its counts stay. */
  empty(number: number): void {
    const shelf = this.#shelves.get(number);
    if (shelf !== undefined) this.#clear(shelf);
  }

  /** Drops all about a namespace, which is gone. */
  forget(number: number): void {
    this.empty(number);
    this.#shelves.delete(number);
  }

  /** What was done for one namespace. */
  of(number: number): CacheNumbers {
    const { hits, misses, evictions, sizeBytes } = this.#shelves.get(number) ?? NO_ANSWERS;
    return { hits, misses, evictions, sizeBytes };
  }

  /** What was done for all, those that are gone too. */
  get total(): CacheNumbers {
    const sizeBytes = this.#entries.calculatedSize;
    return { hits: this.#hits, misses: this.#misses, evictions: this.#evictions, sizeBytes };
  }

  /** The shelf of a namespace; answers of a state that has passed are dropped, since nobody will ask for them. */
  #shelfOf(basis: Basis): Shelf {
    const state = stateOf(basis);
    const known = this.#shelves.get(basis.number);
    if (known === undefined) {
      const shelf = { state, keys: new Set<string>(), hits: 0, misses: 0, evictions: 0, sizeBytes: 0 };
      this.#shelves.set(basis.number, shelf);
      return shelf;
    }
    if (known.state !== state) this.#clear(known);
    known.state = state;
    return known;
  }

  #clear(shelf: Shelf): void {
    for (const key of shelf.keys) this.#entries.delete(key);
  }

  #onGone({ shelf, bytes }: Entry<Answer>, key: string, isEvicted: boolean): void {
    shelf.keys.delete(key);
    shelf.sizeBytes -= bytes;
    if (!isEvicted) return;
    shelf.evictions++;
    this.#evictions++;
  }
}

/** Of a cache that did nothing. */
export const NO_ANSWERS: CacheNumbers = { hits: 0, misses: 0, evictions: 0, sizeBytes: 0 };

/** A text of 32 characters. */
function keyOf(digest: Buffer): string {
  return digest.toString("latin1");
}
