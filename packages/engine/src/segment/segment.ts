import { type Graph, graphCapacityFor } from "../core/graph.js";
import type { Vectors } from "../core/vectors.js";
import { assert } from "../errors.js";
import { ResolvedFilters } from "../filter/resolve/resolved-filters.js";
import type { GraphCalibration } from "../gen/vecstore/storage/v1/manifest.js";
import { LIMITS } from "../limits.js";
import { decodeMetadata } from "../metadata/codec.js";
import { FieldColumns } from "../metadata/fields/field-columns.js";
import { decodeUtf8, encodeUtf8 } from "../metadata/utf8.js";
import type { Metadata } from "../model/metadata.js";
import type { Metric } from "../model/namespace.js";
import type { SparseVector } from "../model/record.js";
import { viewSparse } from "../sparse/codec.js";
import { followInBackground } from "./background.js";
import { Columns } from "./columns.js";
import { Deaths } from "./deaths.js";
import { Expiry } from "./expiry.js";
import { followAppend } from "./follow-append.js";
import { GraphFeed } from "./graph-feed.js";
import { type GraphInfo, graphOptions, meanOf } from "./graph-info.js";
import { IdOrder } from "./id-order.js";
import { IdTable } from "./id-table.js";
import { InvertedIndexes } from "./inverted-indexes.js";
import type { Moment } from "./moment.js";
import type { SegmentOptions } from "./segment-options.js";
import type { SlotInput } from "./slot-input.js";

export type { SegmentOptions, SlotInput };

/** Id bytes of one segment that its u32 ends can still address, with room for one more id. */
const ID_BYTES_MAX = 2 ** 32 - 1 - LIMITS.idBytesMax;
const NO_BYTES = new Uint8Array(0);
/** Slots whose metadata is entered in one step: a record has at most 40 KiB of it, and most have few hundred bytes. */
const SLOTS_PER_STEP = 16;

/**
 * An append-only run of records by slot (dense u32), with their ids, vectors, metadata, text, versions, deaths, and,
 * from `graphRecordsMin` on, a graph that one builder links behind the write head. Either all of its records have a dense
 * vector, or none has: then its dimension is 0, and no search by a vector looks at it.
 *
 * A reader holds (segment, count, moment). What it sees through {@link isVisible} never changes, since slots are
 * only appended, a death is the sequence of its write, and a slot's time is given with it.
 */
export class Segment {
  /** For the files and merges of this folder. */
  readonly options: SegmentOptions;
  readonly number: number;
  /** 0 when its records have no vectors. */
  readonly dimension: number;
  readonly metric: Metric;
  readonly vectors: Vectors;
  /** For the files and merges of this folder; others use the methods below. */
  readonly ids: IdTable;
  /** For the files and merges of this folder. */
  readonly columns = new Columns();
  /** For the files and merges of this folder. */
  readonly deaths = new Deaths();
  /** When slots expire. Only `apply`, files and merges change it. */
  readonly expiry = new Expiry(this.deaths);
  /** The metadata by field, as far as it was filled: see `fillFields`. */
  readonly fields: FieldColumns;
  /** What the last filters let through. */
  readonly resolved = new ResolvedFilters();
  /** The texts and the sparse vectors by term and component, as far as they were indexed. */
  readonly inverted: InvertedIndexes;
  /** Which recall the graph has at which ef; undefined until somebody measures it. Kept by checkpoints. */
  calibration: GraphCalibration | undefined;

  readonly #capacity: number;
  readonly #order: IdOrder;
  readonly #fieldsFollower = { step: () => this.fillFields(SLOTS_PER_STEP) };
  #count = 0;
  #feed: GraphFeed | undefined;
  #info: GraphInfo | undefined;
  #graphError: unknown;
  #graphRetryCount = 0;
  #references = 1;

  constructor(options: SegmentOptions) {
    this.options = options;
    this.number = options.number;
    this.dimension = options.dimension;
    this.metric = options.metric;
    const graphMax = graphCapacityFor(options.dimension, options.m, LIMITS.graphBytesMax, options.quantization);
    this.#capacity = Math.min(options.slotsMax ?? graphMax, graphMax);
    this.vectors = options.core.createVectors({ dimension: options.dimension, metric: options.metric });
    this.ids = new IdTable(options.seed);
    this.fields = new FieldColumns(options.seed);
    this.inverted = new InvertedIndexes(this.columns, options.textAnalyzer ?? "standard", options.seed);
    this.#order = new IdOrder(this.ids);
  }

  /** Slots the segment can hold: fewer than it was made for once a graph of a smaller capacity was loaded. */
  get capacity(): number {
    return Math.min(this.#capacity, this.#info?.capacity ?? this.#capacity);
  }

  /** Slots in use, dead ones too. */
  get count(): number {
    return this.#count;
  }

  /** Slots that are alive, those whose time has passed included: they count until the log says that they are gone. */
  get liveCount(): number {
    return this.#count - this.deaths.softCount - this.deaths.hardCount;
  }

  /** Slots dead by a soft delete: still restorable, kept by merges. */
  get softCount(): number {
    return this.deaths.softCount;
  }

  /** Slots dead for good: a merge reclaims them. */
  get deadCount(): number {
    return this.deaths.hardCount;
  }

  /** True when `append` may not be called any more. */
  get full(): boolean {
    return this.#count >= this.capacity || this.ids.bytesUsed > ID_BYTES_MAX;
  }

  /**
   * Puts a record behind the last slot. It does not kill an older slot of the id: the caller does.
   *
   * @returns the new slot; `find` of its id now gives it
   * @throws VecstoreError INTERNAL when the segment is full
   */
  append(record: SlotInput): number {
    assert(!this.full, `segment ${this.number} is full`);
    assert(record.vector.length === this.dimension, "vector has the segment's dimension");
    // First what may run out of memory: if it throws, nothing has changed.
    this.vectors.append(record.vector);
    const slot = this.ids.append(record.id);
    const text = record.text === undefined ? undefined : encodeUtf8(record.text);
    this.columns.append(record.version, record.metadata, text, record.sparse ?? NO_BYTES);
    if (record.expiresAtMs) this.expiry.set(slot, record.expiresAtMs);
    this.advance(record.vector);
    return slot;
  }

  /** The newest slot of the id in this segment, dead or alive; -1 when there is none. */
  find(id: string): number {
    return this.ids.find(id);
  }

  /**
   * Lets a slot die at `sequence`. The first death stays: of a slot that is dead already the sequence does not change,
   * but a hard kill of a soft-deleted slot hardens it.
   *
   * @param soft  a soft delete: the slot can be read by a restore, and a merge keeps it
   */
  kill(slot: number, sequence: number, soft: boolean): void {
    assert(slot < this.#count, `slot ${slot} is below the count of segment ${this.number}`);
    this.deaths.kill(slot, sequence, soft);
  }

  /** Makes a soft-deleted slot dead for good; the sequence of its death stays. Nothing happens to other slots. */
  harden(slot: number): void {
    this.deaths.harden(slot);
  }

  /** Sequence at which the slot died; 0 while it is alive. */
  deathOf(slot: number): number {
    return this.deaths.of(slot);
  }

  /** True when the slot is dead by a soft delete and was not hardened since. */
  isSoft(slot: number): boolean {
    return this.deaths.isSoft(slot);
  }

  /** True when a reader of that moment sees the slot: written at or before it, and neither dead nor expired at or before it. */
  isVisible(slot: number, { sequence, nowMs }: Moment): boolean {
    if (this.columns.versionOf(slot) > sequence) return false;
    const death = this.deaths.of(slot);
    return (death === 0 || death > sequence) && !this.expiry.isExpired(slot, nowMs);
  }

  /** True when the slot is alive now and its time has not passed. */
  isLive(slot: number, nowMs: number): boolean {
    return this.deaths.of(slot) === 0 && !this.expiry.isExpired(slot, nowMs);
  }

  /** True when the slot is dead by a soft delete and can still be brought back. */
  isHidden(slot: number, nowMs: number): boolean {
    return this.deaths.isSoft(slot) && !this.expiry.isExpired(slot, nowMs);
  }

  idOf(slot: number): string {
    return this.ids.textOf(slot);
  }

  /** Sequence of the write that appended the slot. */
  versionOf(slot: number): number {
    return this.columns.versionOf(slot);
  }

  /**
   * @param into  f32[dimension] to write to; a new array when absent
   * @returns     the vector bit for bit as it was written; empty where records have none
   */
  vectorOf(slot: number, into?: Float32Array): Float32Array {
    return this.vectors.read(slot, into);
  }

  /** Decoded anew at each call; undefined when the record has none. */
  metadataOf(slot: number): Metadata | undefined {
    const bytes = this.metadataBytesOf(slot);
    return bytes.length === 0 ? undefined : decodeMetadata(bytes);
  }

  /** UTF-8 JSON, empty when there is none. A view: read only. */
  metadataBytesOf(slot: number): Uint8Array {
    return this.columns.metadata.bytesOf(slot);
  }

  /** The text; undefined when there is none, which is not the same as "". */
  textOf(slot: number): string | undefined {
    const bytes = this.columns.textBytesOf(slot);
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  }

  /** The sparse vector, a copy; undefined when there is none. */
  sparseOf(slot: number): SparseVector | undefined {
    return viewSparse(this.sparseBytesOf(slot).slice());
  }

  /** The sparse vector as `sparse/codec` packs it, empty when there is none. A view: read only. */
  sparseBytesOf(slot: number): Uint8Array {
    return this.columns.sparse.bytesOf(slot);
  }

  /** Negative, 0 or positive, as the id of `slotA` sorts by UTF-8 bytes against that of `slotB` in `other`. */
  compareIds(slotA: number, other: Segment, slotB: number): number {
    return this.ids.compare(slotA, other.ids, slotB);
  }

  /** Slots of [0, count) by id bytes, then by slot: cached, and never written to again. Slots that come later are sorted into another array. */
  sortedSlots(): Uint32Array {
    return this.#order.upTo(this.#count);
  }

  /** Sorts the slots of [0, count) ahead, a millisecond or less between two steps; `sortedSlots` then sorts those that came later. */
  sortInSteps(count: number): Generator<undefined, void> {
    return this.#order.prepare(count);
  }

  /** Index in `sortedSlots()` of the first id that is `id` or sorts after it; count when there is none. */
  lowerBound(id: string): number {
    return this.#order.lowerBound(this.#count, id);
  }

  /** Slots below this are linked in the graph; queries scan from here to their count. */
  get indexed(): number {
    return this.graph?.indexed ?? 0;
  }

  /** It may hold fewer slots than the segment: those from its count on are encoded soon, and scanned until then. */
  get graph(): Graph | undefined {
    return this.#feed?.graph;
  }

  /**
   * Resolves when every slot was linked at some moment after the call, or there is no graph.
   *
   * @throws VecstoreError as `Graph.settled`
   */
  async settled(): Promise<void> {
    await this.#feed?.settled();
  }

  /** What the graph was made with, for the manifest; undefined while there is none. */
  get graphInfo(): GraphInfo | undefined {
    return this.#info;
  }

  /** Why `append` could not make or feed the graph; the segment is then scanned until it is twice as large. */
  get graphError(): unknown {
    return this.#graphError;
  }

  /**
   * Makes the graph when there are `graphRecordsMin` slots and none yet; its slots are encoded in later turns, and linked.
   * `append` calls it by itself; call it after a graph file could not be read.
   *
   * @throws RangeError when there is no memory for it; the segment stays usable and flat
   */
  ensureGraph(): void {
    const made = this.createGraph();
    if (made !== undefined) this.adoptGraph(made.graph, made.info);
  }

  /** An empty graph for this segment, for `adoptGraph`; undefined when it has one, or is too small. */
  createGraph(): { readonly graph: Graph; readonly info: GraphInfo } | undefined {
    const { graphRecordsMin = LIMITS.graphRecordsMin } = this.options;
    if (this.#feed !== undefined || this.#count < graphRecordsMin || this.dimension === 0) return undefined;
    const info: GraphInfo = {
      capacity: this.#capacity,
      seed: this.options.seed,
      mean: this.metric === "cosine" || this.options.quantization === "none" ? undefined : meanOf(this.vectors),
    };
    return { graph: this.options.core.createGraph(graphOptions(this.options, info)), info };
  }

  /** Slots below this are in `fields`; a filter has to fill in the others first. */
  get filled(): number {
    return this.fields.count;
  }

  /**
   * Enters the metadata of the next `most` slots into `fields`.
   *
   * @returns  false when every slot is in there, or the segment was released
   */
  fillFields(most: number): boolean {
    if (this.#references === 0) return false;
    const end = Math.min(this.#count, this.fields.count + most);
    for (let slot = this.fields.count; slot < end; slot++) this.fields.add(this.metadataBytesOf(slot));
    return end < this.#count;
  }

  /** Fills `fields` and `inverted` in turns of about a millisecond, between other work; later appends are followed as well. */
  fillInBackground(): void {
    followInBackground(this.#fieldsFollower);
    this.inverted.follow(this.#count);
  }

  /** Bytes of the order of ids held in memory; `memoryOf` has the rest. */
  get orderBytes(): number {
    return this.#order.bytes;
  }

  /** Adds a holder; the maker is the first one. */
  retain(): void {
    assert(this.#references > 0, `segment ${this.number} is not released`);
    this.#references++;
  }

  /** Takes a holder away; with the last one vectors and graph are freed and nothing may be called any more. */
  release(): void {
    assert(this.#references > 0, `segment ${this.number} is not released`);
    if (--this.#references > 0) return;
    this.inverted.close();
    this.vectors.release();
    this.#releaseGraph();
  }

  /**
   * Last step of every append, for this folder: ids, columns and vectors hold the new slots already.
   *
   * @param vectors  f32[n * dimension] of the new slots, for the graph
   */
  advance(vectors: Float32Array): void {
    this.advanceFlat();
    followAppend(this);
    this.inverted.follow(this.#count);
    try {
      if (this.#feed !== undefined) this.#feed.follow(vectors);
      else if (this.#count >= this.#graphRetryCount) this.ensureGraph();
    } catch (error) {
      this.#dropGraph(error);
    }
  }

  /** As `advance`, without a graph: the reader of part files leaves that to `readGraph` or `ensureGraph`. */
  advanceFlat(): void {
    const count = this.ids.count;
    assert(this.columns.count === count, "ids and columns hold equally many");
    assert(this.dimension === 0 || this.vectors.count === count, "ids and vectors hold equally many");
    this.#count = count;
  }

  /** Takes a graph that holds the slots [0, graph.count); the rest is encoded in later turns, and linked. */
  adoptGraph(graph: Graph, info: GraphInfo): void {
    assert(this.#feed === undefined, `segment ${this.number} has no graph`);
    this.#feed = new GraphFeed(graph, this, (error) => this.#dropGraph(error));
    this.#info = info;
    this.#graphError = undefined;
    this.#feed.begin();
  }

  #releaseGraph(): void {
    this.#feed?.stop();
    void this.#feed?.graph.release();
    this.#feed = undefined;
  }

  /**
   * A graph is derived: what fails in it must not fail a write. The segment is scanned, as a graph that missed a slot
   * is of no use, and a new one is tried much later.
   */
  #dropGraph(error: unknown): void {
    this.#releaseGraph();
    this.#info = undefined;
    this.calibration = undefined;
    this.#graphError = error;
    this.#graphRetryCount = this.#count * 2;
  }
}
