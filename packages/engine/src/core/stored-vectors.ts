import { VecstoreError } from "../errors.js";
import type { Metric } from "../model/namespace.js";
import type { EnvFile } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";

/** Bytes of vectors that one checksum covers, where vectors are smaller: a disk reads a page anyway. */
const RUN_BYTES = 4096;

/** Vectors that one checksum covers. On disk: do not change. */
export function runSlotsOf(dimension: number): number {
  return Math.max(1, Math.floor(RUN_BYTES / (4 * dimension)));
}

/** Vectors that stand one behind the other in a file. */
export interface StoredBlock {
  readonly firstSlot: number;
  readonly slots: number;
  /** Offset of the first one in the file. */
  readonly position: number;
}

/** What {@link StoredVectors} is made with. */
export interface StoredVectorsOptions {
  readonly file: EnvFile;
  /** Ends the use of the file, once `idle` is settled; called once. */
  close(idle: Promise<unknown>): Promise<void>;
  /** Of `Env`. */
  crc32(bytes: Uint8Array): number;
  readonly dimension: number;
  readonly metric: Metric;
  /** At least one; adjoining and ascending. */
  readonly blocks: readonly StoredBlock[];
  /** u32: the crc of each run of `runSlotsOf(dimension)` vectors, counted anew in each block. */
  readonly checksums: Uint32Array;
}

/** A range of slots, run by run. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Adjoining vectors in one file, read in whole runs, each of which is checked: a damaged vector is an error and never a
 * distance.
 */
export class StoredVectors {
  readonly from: number;
  readonly to: number;
  readonly dimension: number;
  readonly metric: Metric;
  readonly runSlots: number;
  readonly #options: StoredVectorsOptions;
  /** By block: the index of its first run's checksum. */
  readonly #firstRuns: Uint32Array;
  readonly #reading = new Set<Promise<number>>();
  #closing: Promise<void> | undefined;
  /** Index of the block that was looked for last. */
  #recent = 0;

  constructor(options: StoredVectorsOptions) {
    const { blocks, dimension, metric } = options;
    this.#options = options;
    this.dimension = dimension;
    this.metric = metric;
    this.runSlots = runSlotsOf(dimension);
    this.from = blocks[0]!.firstSlot;
    this.to = blocks.at(-1)!.firstSlot + blocks.at(-1)!.slots;
    this.#firstRuns = new Uint32Array(blocks.length);
    for (let i = 1; i < blocks.length; i++) {
      this.#firstRuns[i] = this.#firstRuns[i - 1]! + Math.ceil(blocks[i - 1]!.slots / this.runSlots);
    }
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#options.checksums.byteLength;
  }

  /** First slot of the run that holds `slot`. */
  runStart(slot: number): number {
    const { firstSlot } = this.#block(slot);
    return slot - ((slot - firstSlot) % this.runSlots);
  }

  /** Slot behind the run that holds `slot`. */
  runEnd(slot: number): number {
    const { firstSlot, slots } = this.#block(slot);
    return Math.min(slot - ((slot - firstSlot) % this.runSlots) + this.runSlots, firstSlot + slots);
  }

  /** Whole runs of one block around `slot`: one of the equal parts of at most `slotsMax` slots that the block is cut into. */
  stretchAround(slot: number, slotsMax: number): Stretch {
    const { firstSlot, slots } = this.#block(slot);
    const most = Math.max(1, Math.floor(slotsMax / this.runSlots)) * this.runSlots;
    const share = slots / Math.ceil(slots / most);
    const unit = Math.ceil(share / this.runSlots) * this.runSlots;
    const from = slot - ((slot - firstSlot) % unit);
    return { from, to: Math.min(from + unit, firstSlot + slots) };
  }

  /**
   * Fills the first bytes of `into` with the vectors of whole runs of one block.
   *
   * @param into  f32[to - from][dimension] as bytes, or longer
   * @throws VecstoreError DATA_CORRUPTED, with file and offset; INTERNAL when the disk fails
   */
  readSync({ from, to }: Stretch, into: Uint8Array): void {
    const target = into.subarray(0, (to - from) * 4 * this.dimension);
    this.#check(from, target, this.#options.file.readSync(target, this.#positionOf(from)));
  }

  /** As `readSync`, while others have their turn. */
  async read({ from, to }: Stretch, into: Uint8Array): Promise<void> {
    if (this.#closing !== undefined) throw new VecstoreError("STORE_CLOSED", `${this.#options.file.path} is closed`);
    const target = into.subarray(0, (to - from) * 4 * this.dimension);
    const reading = this.#options.file.read(target, this.#positionOf(from));
    this.#reading.add(reading);
    try {
      this.#check(from, target, await reading);
    } finally {
      this.#reading.delete(reading);
    }
  }

  /** Waits for what is being read, and closes the file. */
  close(): Promise<void> {
    this.#closing ??= this.#options.close(Promise.allSettled(this.#reading));
    return this.#closing;
  }

  #positionOf(slot: number): number {
    const { firstSlot, position } = this.#block(slot);
    return position + (slot - firstSlot) * 4 * this.dimension;
  }

  /** Compares what was read, from slot `from` on, with the checksums of its runs. */
  #check(from: number, bytes: Uint8Array, got: number): void {
    const { file, checksums, crc32 } = this.#options;
    const position = this.#positionOf(from);
    if (got < bytes.length) throw corrupted(file.path, position + got, "it ends within its vectors");
    const runBytes = this.runSlots * 4 * this.dimension;
    const { firstSlot } = this.#block(from);
    let run = this.#firstRuns[this.#recent]! + (from - firstSlot) / this.runSlots;
    for (let at = 0; at < bytes.length; at += runBytes, run++) {
      const isWhole = crc32(bytes.subarray(at, at + runBytes)) === checksums[run];
      if (!isWhole) throw corrupted(file.path, position + at, "the checksum of vectors does not match");
    }
  }

  /** The block of a slot, whose index is then `#recent`. */
  #block(slot: number): StoredBlock {
    const { blocks } = this.#options;
    const recent = blocks[this.#recent]!;
    if (slot >= recent.firstSlot && slot < recent.firstSlot + recent.slots) return recent;
    if (slot < this.from || slot >= this.to)
      throw new VecstoreError("INTERNAL", `slot ${slot} of ${this.to} in a file`);
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (blocks[middle]!.firstSlot <= slot) low = middle;
      else high = middle - 1;
    }
    this.#recent = low;
    return blocks[low]!;
  }
}
