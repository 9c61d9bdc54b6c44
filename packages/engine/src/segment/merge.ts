import { type Column, createUint32Column } from "../core/column.js";
import { assert } from "../errors.js";
import type { Segment } from "./segment.js";

/** Vectors gathered for one append to the target. */
const BATCH_BYTES_MAX = 64 * 1024;
/** What a record counts in such a batch at least: it may have no vector. */
const MIN_RECORD_BYTES = 64;

/** Vectors read ahead for one step. */
const AHEAD_BYTES_MAX = 1024 * 1024;

/** One source, and where its slots went. */
interface Source {
  readonly segment: Segment;
  /** By slot: the target's slot + 1, 0 when it was not copied. */
  readonly slots: Column<Uint32Array>;
}

/**
 * Copies what is not dead for good from some segments into a fresh one, a few records at a time, while writes go on.
 *
 * Versions, times, deaths by soft delete and the order of records are kept, so the target answers as the sources do, save that
 * readers at a sequence before `finish` stay with the sources: slots that died for good earlier are not copied.
 * A death in a source reaches the slot's copy at once; slots appended to the last source are copied by later steps.
 */
export class MergeJob {
  readonly target: Segment;
  readonly #sources: readonly Source[];
  readonly #unwatch: readonly (() => void)[];
  /** The next slot to look at is `#slot` of source `#at`. */
  #at = 0;
  #slot = 0;
  #open = true;

  /**
   * @param sources  oldest first; only the last one may be appended to while the job runs. They are retained
   *                 until `finish` or `cancel`
   * @param target   empty, of the same dimension; owned by the caller throughout
   */
  constructor(sources: readonly Segment[], target: Segment) {
    assert(target.count === 0, "a merge begins with an empty target");
    for (const segment of sources) assert(segment.dimension === target.dimension, "merged segments have one dimension");
    this.target = target;
    this.#sources = sources.map((segment) => ({ segment, slots: createUint32Column() }));
    this.#unwatch = this.#sources.map((source) =>
      source.segment.deaths.watch((slot) => this.#mirrorDeath(source, slot)),
    );
    for (const segment of sources) segment.retain();
  }

  /** Slots the target would have if it were finished now; more than its `capacity` means that it cannot be. */
  get slotsNeeded(): number {
    const kept = this.#sources.reduce((sum, { segment }) => sum + segment.liveCount + segment.softCount, 0);
    return kept + this.target.deadCount;
  }

  /** Slots that no step has looked at yet. */
  get remaining(): number {
    const rest = this.#sources.slice(this.#at).reduce((sum, { segment }) => sum + segment.count, 0);
    return rest - this.#slot;
  }

  /** The target's slot of a source's slot; -1 when it was not copied. */
  slotOf(source: number, slot: number): number {
    return this.#sources[source]!.slots.get(slot) - 1;
  }

  /** Reads ahead, of what the next `step` copies, up to a mebibyte; undefined when there is nothing to wait for. */
  fetch(slotsMax: number): Promise<void> | undefined {
    const { segment } = this.#sources[this.#at]!;
    const slots = Math.min(slotsMax, Math.ceil(AHEAD_BYTES_MAX / (4 * segment.dimension)));
    return segment.vectors.fetch(this.#slot, Math.min(segment.count, this.#slot + slots));
  }

  /**
   * Looks at the next `slotsMax` slots and copies those that are not dead for good.
   *
   * @returns true when every slot that the sources have now was looked at
   * @throws VecstoreError INTERNAL when the target is full: see `slotsNeeded`
   */
  step(slotsMax: number): boolean {
    assert(this.#open, "the merge runs");
    for (let budget = slotsMax; budget > 0 && this.remaining > 0; ) {
      const source = this.#sources[this.#at]!;
      const end = Math.min(source.segment.count, this.#slot + Math.min(budget, this.#batchMax));
      budget -= end - this.#slot;
      this.#copy(source, this.#slot, end);
      this.#slot = end;
      // The last source is never left: more may be appended to it.
      if (end === source.segment.count && this.#at < this.#sources.length - 1) {
        this.#at++;
        this.#slot = 0;
      }
    }
    return this.remaining === 0;
  }

  /**
   * Copies what is left, in this turn of the event loop, and lets the sources go. From here on the target takes their
   * place: the caller installs it before anything is written.
   */
  finish(): void {
    this.step(Number.POSITIVE_INFINITY);
    this.#close();
  }

  /** Lets the sources go; the target is of no use. Does nothing after `finish`. */
  cancel(): void {
    if (this.#open) this.#close();
  }

  get #batchMax(): number {
    return Math.max(1, Math.floor(BATCH_BYTES_MAX / Math.max(MIN_RECORD_BYTES, 4 * this.target.dimension)));
  }

  /** Copies a run of at most `#batchMax` slots. */
  #copy({ segment, slots }: Source, from: number, to: number): void {
    const { target } = this;
    const { dimension } = target;
    const kept: number[] = [];
    for (let slot = from; slot < to; slot++) if (!segment.deaths.isHard(slot)) kept.push(slot);
    if (kept.length === 0) return;
    const first = target.count;
    assert(first + kept.length <= target.capacity, "the target of a merge has room");
    const vectors = new Float32Array(kept.length * dimension);
    kept.forEach((slot, i) => {
      segment.vectorOf(slot, vectors.subarray(i * dimension, (i + 1) * dimension));
    });
    target.vectors.append(vectors);
    kept.forEach((slot, i) => {
      target.ids.appendBytes(segment.ids.bytesOf(slot));
      const { columns } = segment;
      const [metadata, text] = [columns.metadata.bytesOf(slot), columns.textBytesOf(slot)];
      target.columns.append(columns.versionOf(slot), metadata, text, columns.sparse.bytesOf(slot));
      if (segment.expiry.of(slot) !== 0) target.expiry.set(first + i, segment.expiry.of(slot));
      slots.set(slot, first + i + 1);
    });
    target.advance(vectors);
    for (const slot of kept) if (segment.isSoft(slot)) this.#mirrorDeath({ segment, slots }, slot);
  }

  #mirrorDeath({ segment, slots }: Source, slot: number): void {
    const copy = slots.get(slot) - 1;
    if (copy >= 0) this.target.kill(copy, segment.deathOf(slot), segment.isSoft(slot));
  }

  #close(): void {
    this.#open = false;
    for (const unwatch of this.#unwatch) unwatch();
    for (const { segment } of this.#sources) segment.release();
  }
}
