import { type Column, createUint32Column } from "../core/column.js";
import type { Graph } from "../core/graph.js";
import { assert } from "../errors.js";
import type { GraphReuse } from "./graph-reuse.js";
import type { Segment } from "./segment.js";

/** Vectors gathered for one append to the target. */
const BATCH_BYTES_MAX = 64 * 1024;
/** What a record counts in such a batch at least: it may have no vector. */
const MIN_RECORD_BYTES = 64;

const NO_VECTORS = new Float32Array(0);

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
 * Versions, times and deaths by soft delete are kept, so the target answers as the sources do, save that
 * readers at a sequence before `finish` stay with the sources: slots that died for good earlier are not copied.
 * A death in a source reaches the slot's copy at once; slots appended to the last source are copied by later steps.
 *
 * Where the target gets a graph that is made of a source's, the slots in that graph are copied first, and the others once it
 * is there.
 */
export class MergeJob {
  readonly target: Segment;
  readonly #sources: readonly Source[];
  readonly #unwatch: readonly (() => void)[];
  /** The next slot to look at is `#slot` of source `#at`. */
  #at = 0;
  #slot = 0;
  #open = true;
  readonly #reuse: GraphReuse | undefined;
  /** How many slots of the reused graph were copied. */
  #reused = 0;
  /** Slots of the reused graph that died for good before they were copied, or more: they are copied all the same. */
  #deadAhead = 0;
  /** Undefined until it is made. */
  #graph: Graph | "failed" | undefined;
  #isGraphAdopted: boolean;

  /**
   * @param sources  oldest first; only the last one may be appended to while the job runs. They are retained
   *                 until `finish` or `cancel`
   * @param target   empty, of the same dimension; owned by the caller throughout
   * @param reuse    as `reuseGraph` began it for this target; the job's from now on
   */
  constructor(sources: readonly Segment[], target: Segment, reuse?: GraphReuse) {
    assert(target.count === 0, "a merge begins with an empty target");
    for (const segment of sources) assert(segment.dimension === target.dimension, "merged segments have one dimension");
    this.target = target;
    this.#sources = sources.map((segment) => ({ segment, slots: createUint32Column() }));
    this.#unwatch = this.#sources.map((source) =>
      source.segment.deaths.watch((slot) => this.#mirrorDeath(source, slot)),
    );
    for (const segment of sources) segment.retain();
    this.#reuse = reuse;
    this.#isGraphAdopted = reuse === undefined;
    if (reuse !== undefined) this.#deadAhead = reuse.segment.deadCount - reuse.deadThen;
    reuse?.consolidation.graph.then(
      (graph) => {
        this.#graph = graph;
      },
      () => {
        this.#graph = "failed";
      },
    );
  }

  /** Slots the target would have if it were finished now; more than its `capacity` means that it cannot be. */
  get slotsNeeded(): number {
    const kept = this.#sources.reduce((sum, { segment }) => sum + segment.liveCount + segment.softCount, 0);
    return kept + this.target.deadCount + this.#deadAhead;
  }

  /** Slots that no step has looked at yet; those of a reused graph are looked at twice. */
  get remaining(): number {
    const rest = this.#sources.slice(this.#at).reduce((sum, { segment }) => sum + segment.count, 0);
    return rest - this.#slot + this.#unreused;
  }

  /** Settles when the reused graph is made, while nothing can be done before; else undefined. */
  get waiting(): Promise<unknown> | undefined {
    if (this.#isGraphAdopted || this.#unreused > 0 || this.#graph !== undefined) return undefined;
    return this.#reuse?.consolidation.graph.catch(() => undefined);
  }

  /** The target's slot of a source's slot; -1 when it was not copied. */
  slotOf(source: number, slot: number): number {
    return this.#sources[source]!.slots.get(slot) - 1;
  }

  /** Reads ahead, of what the next `step` copies, up to a mebibyte; undefined when there is nothing to wait for. */
  fetch(slotsMax: number): Promise<void> | undefined {
    if (this.#unreused > 0) return this.#fetchReused(slotsMax);
    const { segment } = this.#sources[this.#at]!;
    const slots = Math.min(slotsMax, Math.ceil(AHEAD_BYTES_MAX / (4 * segment.dimension)));
    return segment.vectors.fetch(this.#slot, Math.min(segment.count, this.#slot + slots));
  }

  /**
   * Looks at the next `slotsMax` slots and copies those that are not dead for good; stops where it has to wait for a reused graph.
   *
   * @returns true when every slot that the sources have now was looked at
   * @throws VecstoreError INTERNAL when the target is full: see `slotsNeeded`
   */
  step(slotsMax: number): boolean {
    assert(this.#open, "the merge runs");
    for (let budget = slotsMax; budget > 0 && this.remaining > 0; ) {
      if (this.#unreused > 0) {
        budget -= this.#copyReused(Math.min(budget, this.#batchMax));
        continue;
      }
      if (this.waiting !== undefined) return false;
      if (!this.#isGraphAdopted) this.#adoptGraph();
      const source = this.#sources[this.#at]!;
      const end = Math.min(source.segment.count, this.#slot + Math.min(budget, this.#batchMax));
      budget -= end - this.#slot;
      this.#copyRange(source, this.#slot, end);
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
   * place: the caller installs it before anything is written. Not while it is `waiting`.
   */
  finish(): void {
    const isDone = this.step(Number.POSITIVE_INFINITY);
    assert(isDone && this.#isGraphAdopted, "a merge that finishes waits for nothing");
    this.#close();
  }

  /** Lets the sources go; the target is of no use. Does nothing after `finish`. */
  cancel(): void {
    if (!this.#open) return;
    this.#close();
    if (!this.#isGraphAdopted) void this.#reuse?.consolidation.cancel();
  }

  /** Slots of the reused graph that were not copied yet. */
  get #unreused(): number {
    return (this.#reuse?.slots.length ?? 0) - this.#reused;
  }

  get #batchMax(): number {
    return Math.max(1, Math.floor(BATCH_BYTES_MAX / Math.max(MIN_RECORD_BYTES, 4 * this.target.dimension)));
  }

  #fetchReused(slotsMax: number): Promise<void> | undefined {
    const { segment, slots } = this.#reuse!;
    const from = slots[this.#reused]!;
    const last = slots[Math.min(slots.length, this.#reused + slotsMax) - 1]!;
    return segment.vectors.fetch(from, Math.min(last + 1, from + Math.ceil(AHEAD_BYTES_MAX / (4 * segment.dimension))));
  }

  /** Copies slots of the reused graph, which are in it whether they died since or not; returns how many. */
  #copyReused(most: number): number {
    const { segment, slots } = this.#reuse!;
    const source = this.#sources.find((one) => one.segment === segment)!;
    const list = slots.subarray(this.#reused, this.#reused + most);
    this.#reused += list.length;
    this.#copy(source, list);
    this.target.advanceFlat();
    this.target.fillInBackground();
    for (const slot of list) {
      if (segment.deaths.isHard(slot)) this.#deadAhead--;
      if (segment.deathOf(slot) !== 0) this.#mirrorDeath(source, slot);
    }
    // It counted slots as well that the graph does not hold.
    if (this.#unreused === 0) this.#deadAhead = 0;
    return list.length;
  }

  /** Gives the target its graph. Without one, which a thread that died leaves, it begins one anew. */
  #adoptGraph(): void {
    this.#isGraphAdopted = true;
    const { target } = this;
    if (this.#graph !== undefined && this.#graph !== "failed") target.adoptGraph(this.#graph, this.#reuse!.info);
    else target.advance(NO_VECTORS);
  }

  /** Copies what was not copied of a run of at most `#batchMax` slots. */
  #copyRange(source: Source, from: number, to: number): void {
    const { segment, slots } = source;
    const list: number[] = [];
    for (let slot = from; slot < to; slot++) {
      if (!segment.deaths.isHard(slot) && slots.get(slot) === 0) list.push(slot);
    }
    if (list.length === 0) return;
    this.target.advance(this.#copy(source, list));
    for (const slot of list) if (segment.isSoft(slot)) this.#mirrorDeath(source, slot);
  }

  /** Copies slots, but for the last step of their append. Returns f32[n * dimension], their vectors. */
  #copy({ segment, slots }: Source, list: ArrayLike<number>): Float32Array {
    const { target } = this;
    const { dimension } = target;
    const kept = Array.from(list);
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
    return vectors;
  }

  #mirrorDeath({ segment, slots }: Source, slot: number): void {
    const copy = slots.get(slot) - 1;
    if (copy >= 0) this.target.kill(copy, segment.deathOf(slot), segment.isSoft(slot));
    else if (this.#unreused > 0 && segment === this.#reuse?.segment && segment.deaths.isHard(slot)) this.#deadAhead++;
  }

  #close(): void {
    this.#open = false;
    for (const unwatch of this.#unwatch) unwatch();
    for (const { segment } of this.#sources) segment.release();
  }
}
