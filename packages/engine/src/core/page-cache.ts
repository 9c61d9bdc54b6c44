import { type ArenaPool, BATCH_SLOTS, type Block } from "./arena.js";
import type { StoredVectors, Stretch } from "./stored-vectors.js";

/** Bytes of vectors in a page at most: enough that a disk reads as fast as it can, little enough not to be noticed. */
export const PAGE_BYTES = 1024 * 1024;
/** Pages of one core. The first is for reads that nobody waits for by a promise; several scans share the others. */
const PAGES = 16;

/** A stretch of stored vectors in the memory of an arena, with their inverse norms when the metric is cosine. */
export interface Page extends Stretch {
  /** Its first PAGE_BYTES are the vectors, then come f32[BATCH_SLOTS] inverse norms. */
  readonly block: Block;
}

interface Frame {
  readonly block: Block;
  source: StoredVectors | undefined;
  from: number;
  to: number;
  /** Set while the page is being filled. */
  reading: Promise<void> | undefined;
  usedAt: number;
}

/** What was read of files last, and what is being read ahead: a few pages that all stored vectors of a core share. */
export class PageCache {
  readonly #pool: ArenaPool;
  readonly #frames: Frame[] = [];
  #uses = 0;

  constructor(pool: ArenaPool) {
    this.#pool = pool;
  }

  /** The page of `slot`, when it is there. */
  find(source: StoredVectors, slot: number): Page | undefined {
    const frame = this.#frameOf(source, slot);
    if (frame === undefined || frame.reading !== undefined) return undefined;
    frame.usedAt = ++this.#uses;
    return frame;
  }

  /**
   * The page of `slot`, read now when it is not there. Valid until the next call of `load` or `scratch`.
   *
   * @throws VecstoreError as `StoredVectors.readSync`
   */
  load(source: StoredVectors, slot: number): Page {
    const found = this.find(source, slot);
    if (found !== undefined) return found;
    const frame = this.#scratchFrame();
    const stretch = source.stretchAround(slot, slotsOf(source));
    source.readSync(stretch, bytesOf(frame.block));
    assign(frame, source, stretch);
    addInverses(frame, source);
    return frame;
  }

  /**
   * Reads the page of `slot` ahead.
   *
   * @returns undefined when it is there, or when all pages are being read: `load` then reads it
   */
  fetch(source: StoredVectors, slot: number): Promise<void> | undefined {
    const known = this.#frameOf(source, slot);
    if (known !== undefined) {
      known.usedAt = ++this.#uses;
      return known.reading;
    }
    const frame = this.#oldestFrame();
    if (frame === undefined) return undefined;
    assign(frame, source, source.stretchAround(slot, slotsOf(source)));
    frame.usedAt = ++this.#uses;
    frame.reading = this.#fill(frame, source);
    return frame.reading;
  }

  /** Slot behind the page of `slot`. */
  pageEnd(source: StoredVectors, slot: number): number {
    return source.stretchAround(slot, slotsOf(source)).to;
  }

  /** PAGE_BYTES and BATCH_SLOTS f32 for one caller's use in this turn. */
  scratch(): Block {
    return this.#scratchFrame().block;
  }

  /** Drops the pages of a source that is being closed. */
  forget(source: StoredVectors): void {
    for (const frame of this.#frames) if (frame.source === source) frame.source = undefined;
  }

  async #fill(frame: Frame, source: StoredVectors): Promise<void> {
    try {
      await source.read(frame, bytesOf(frame.block));
      addInverses(frame, source);
    } catch (error) {
      frame.source = undefined;
      throw error;
    } finally {
      frame.reading = undefined;
    }
  }

  #frameOf(source: StoredVectors, slot: number): Frame | undefined {
    for (const frame of this.#frames) {
      if (frame.source === source && slot >= frame.from && slot < frame.to) return frame;
    }
    return undefined;
  }

  #scratchFrame(): Frame {
    const frame = this.#frames[0] ?? this.#addFrame();
    frame.source = undefined;
    return frame;
  }

  /** A frame to read ahead into: a new one, or the one that was not used for longest; undefined when all are being read. */
  #oldestFrame(): Frame | undefined {
    if (this.#frames.length === 0) this.#addFrame();
    if (this.#frames.length < PAGES) return this.#addFrame();
    let oldest: Frame | undefined;
    for (const frame of this.#frames.slice(1)) {
      if (frame.reading === undefined && frame.usedAt < (oldest?.usedAt ?? Number.POSITIVE_INFINITY)) oldest = frame;
    }
    return oldest;
  }

  #addFrame(): Frame {
    const block = this.#pool.take(PAGE_BYTES + BATCH_SLOTS * 4);
    const frame: Frame = { block, source: undefined, from: 0, to: 0, reading: undefined, usedAt: 0 };
    this.#frames.push(frame);
    return frame;
  }
}

function slotsOf({ dimension }: StoredVectors): number {
  return Math.min(BATCH_SLOTS, Math.floor(PAGE_BYTES / (4 * dimension)));
}

function bytesOf({ arena, address }: Block): Uint8Array {
  return arena.bytes.subarray(address, address + PAGE_BYTES);
}

function assign(frame: Frame, source: StoredVectors, { from, to }: Stretch): void {
  frame.source = source;
  frame.from = from;
  frame.to = to;
}

function addInverses({ block, from, to }: Frame, { metric, dimension }: StoredVectors): void {
  if (metric !== "cosine") return;
  block.arena.exports.inverseNorms(block.address, to - from, dimension, block.address + PAGE_BYTES);
}
