/** Digests that are remembered at most; 256 KiB. */
const SLOTS = 65_536;

/**
 * Remembers which digests came before, in a fixed amount of memory: of those that share a slot the last one. What asks once, such as
 * a crawl, so leaves the cache alone.
 */
export class SeenDigests {
  readonly #tags = new Uint32Array(SLOTS);

  /** True when the digest is remembered; remembers it. One in four billion is taken for another. */
  note(digest: Buffer): boolean {
    const slot = digest.readUInt32LE(0) % SLOTS;
    // 0 is an empty slot.
    const tag = digest.readUInt32LE(4) || 1;
    if (this.#tags[slot] === tag) return true;
    this.#tags[slot] = tag;
    return false;
  }
}
