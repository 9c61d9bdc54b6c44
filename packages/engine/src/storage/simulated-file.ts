import { MemoryContent } from "./memory-content.js";
import type { Random } from "./random.js";

/** What a disk keeps or loses as a whole, in general. */
const PAGE_BYTES = 4096;
/** What a disk never tears. */
const SECTOR_BYTES = 512;

/** The content of one file twice: as the processes see it, and as the last sync left it on the disk. */
export class SimulatedFile {
  readonly #seen = new MemoryContent();
  readonly #synced = new MemoryContent();
  /** Pages written since the last sync. */
  readonly #dirty = new Set<number>();
  /** What an unsynced cut took: the system may have written it before, on its own, and the cut be lost. */
  #beforeCut: Uint8Array | undefined;

  /** A file that was on the disk before. */
  static of(bytes: Uint8Array): SimulatedFile {
    const file = new SimulatedFile();
    file.write(bytes, 0);
    file.sync();
    return file;
  }

  get size(): number {
    return this.#seen.size;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    this.#markDirty(Math.min(position, this.#seen.size), position + bytes.length);
    this.#seen.write(bytes, position);
  }

  truncate(length: number): void {
    if (length < this.#seen.size) this.#beforeCut = this.#seen.copy();
    this.#markDirty(Math.min(length, this.#seen.size), Math.max(length, this.#seen.size));
    this.#seen.truncate(length);
  }

  sync(): void {
    this.#synced.truncate(this.#seen.size);
    for (const page of this.#dirty) this.#synced.write(this.#page(this.#seen, page), page * PAGE_BYTES);
    this.#dirty.clear();
    this.#beforeCut = undefined;
  }

  /** As Linux does: the pages count as clean and are never written, so a second sync succeeds and saves nothing. */
  failSync(): void {
    this.#dirty.clear();
  }

  /** The content after a power cut: each unsynced page new, old or torn; the length old, new or between. */
  afterPowerCut(random: Random): Uint8Array {
    if (this.#beforeCut !== undefined && random() < 0.3) return this.#beforeCut;
    const keep = [0, 1, 0.5, random()][Math.floor(random() * 4)]!;
    const image = new MemoryContent();
    image.write(this.#synced.copy(), 0);
    for (const page of [...this.#dirty].sort((a, b) => a - b)) {
      const fresh = this.#page(this.#seen, page);
      if (random() < keep) image.write(fresh, page * PAGE_BYTES);
      else if (random() < 0.3) image.write(torn(fresh, random), page * PAGE_BYTES);
    }
    image.truncate(this.#lengthAfterPowerCut(random, keep));
    return image.copy();
  }

  #lengthAfterPowerCut(random: Random, keep: number): number {
    const [synced, seen] = [this.#synced.size, this.#seen.size];
    if (this.#dirty.size === 0 || synced === seen) return synced;
    if (random() < keep) return seen;
    if (random() < 0.5 || seen < synced) return synced;
    return Math.max(
      synced,
      Math.min(seen, Math.ceil((synced + random() * (seen - synced)) / SECTOR_BYTES) * SECTOR_BYTES),
    );
  }

  #page(content: MemoryContent, page: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(PAGE_BYTES, content.size - page * PAGE_BYTES)));
    content.read(bytes, page * PAGE_BYTES);
    return bytes;
  }

  #markDirty(from: number, to: number): void {
    for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < to; page++) this.#dirty.add(page);
    // A changed length with no page under it still has to be synced.
    if (from === to) this.#dirty.add(Math.floor(from / PAGE_BYTES));
  }
}

/** Only the first sectors of the page arrived. */
function torn(page: Uint8Array, random: Random): Uint8Array {
  const sectors = Math.ceil(page.length / SECTOR_BYTES);
  return page.subarray(0, Math.floor(random() * sectors) * SECTOR_BYTES);
}
