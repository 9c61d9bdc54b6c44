import { assert, VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { Quantization } from "../model/namespace.js";
import type { CoreExports } from "./bind.js";
import { breathe } from "./breathe.js";
import type { Builder, BuildTarget } from "./builder.js";
import { clampEf } from "./clamp-ef.js";
import { type CodeBound, createCodeBound } from "./code-bound.js";
import type { FilteredSearch, Graph, GraphOptions, GraphSearch } from "./graph.js";
import { type GraphFilePlace, graphFileBytes, readGraphFile, writeGraphFile } from "./graph-file.js";
import { resetBuild, writeHeader } from "./graph-header.js";
import { type GraphLayout, graphLayout } from "./graph-layout.js";
import { EVERYWHERE, GraphTasks } from "./graph-tasks.js";
import * as layout from "./layout.js";
import type { CoreModule } from "./module.js";
import type { SlotSet } from "./slot-set.js";
import type { Tasks } from "./tasks.js";
import { markTwinHeads } from "./twin-heads.js";

/** Sketches written in one turn of the event loop: one to two milliseconds. */
const SKETCHED_PER_TURN = 2_048;

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** A graph in a WASM memory of its own. */
export class WasmGraph implements Graph, BuildTarget {
  readonly task = "build";
  readonly capacity: number;
  readonly quantization: Quantization;
  readonly memory: WebAssembly.Memory;
  readonly exports: CoreExports;
  readonly header: number;
  /** The builders'; the main thread searches and encodes with one of its own. */
  readonly scratches: readonly number[];
  readonly place: GraphLayout;
  readonly elsewhere: GraphTasks | undefined;
  private readonly words: Uint32Array;
  private readonly floats: Float32Array;
  private readonly input: Float32Array;
  private readonly slots: Uint32Array;
  private readonly distances: Float32Array;
  private readonly accept: Uint32Array;
  private waiters: Waiter[] = [];
  /** Pauses under way: a checkpoint and a merge may ask for one each. */
  private pauses = 0;
  /** Slots that came from a file: their codes were never in the ring. */
  private loaded = 0;
  private released = false;

  constructor(
    private readonly module: CoreModule,
    private readonly builder: Builder,
    readonly options: GraphOptions,
    builders: number,
    private readonly onReleased: (graph: WasmGraph) => void,
    private readonly tasks?: Tasks,
  ) {
    assertOptions(options);
    this.capacity = options.capacity;
    const { dimension, m, capacity, tailBytesMax, quantization } = options;
    this.quantization = quantization ?? "int8";
    this.place = graphLayout(dimension, m, capacity, { builders, tailBytesMax, quantization });
    const { memory, isFresh } = module.createMemory(this.place.bytes);
    this.memory = memory;
    this.exports = module.bind(this.memory);
    this.header = this.place.header;
    this.scratches = this.place.scratches.slice(1).map(({ address }) => address);
    const { buffer } = this.memory;
    const own = this.place.scratches[0]!;
    this.words = new Uint32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.input = new Float32Array(buffer, own.input, this.place.inputBytes / 4);
    this.slots = new Uint32Array(buffer, own.slots, layout.POOL_ENTRIES);
    this.distances = new Float32Array(buffer, own.distances, layout.POOL_ENTRIES);
    // Of another graph's memory nodes and upper links are cleared one by one when they are written, the rest here.
    if (!isFresh) new Uint8Array(buffer, this.header, this.place.upper - this.header).fill(0);
    this.accept = new Uint32Array(buffer, own.accept, Math.ceil(options.capacity / 32));
    writeHeader(this.words, options, this.place);
    this.elsewhere = tasks && new GraphTasks(tasks, this);
  }

  get count(): number {
    return Atomics.load(this.words, (this.header + layout.HEADER_COUNT) / 4);
  }

  get indexed(): number {
    return Atomics.load(this.words, (this.header + layout.HEADER_INDEXED) / 4);
  }

  get bytes(): number {
    const { scratches, nodes, stride, sketchBytes, tailSlots, tailStride } = this.place;
    const buffers = scratches[0]!.visited - scratches[0]!.address;
    const fixed = scratches[0]!.address + scratches.length * buffers;
    const used = this.words[(this.header + layout.HEADER_UPPER_USED) / 4]!;
    const ring = Math.min(this.count - this.loaded, tailSlots) * tailStride;
    // Builders mark slots only while they link others.
    const marks = 2 * (this.indexed > this.loaded ? scratches.length : 1);
    const perSlot = stride + sketchBytes + marks;
    return ring + Math.min(fixed + used + this.count * perSlot, nodes + this.capacity * stride);
  }

  append(vectors: Float32Array): void {
    const { dimension } = this.options;
    const n = vectors.length / dimension;
    let count = this.count;
    assert(Number.isInteger(n) && count + n <= this.capacity, `${n} vectors behind ${count} of ${this.capacity}`);
    const step = Math.floor(this.input.length / dimension);
    for (let from = 0; from < n; from += step) {
      const taken = Math.min(step, n - from);
      this.input.set(vectors.subarray(from * dimension, (from + taken) * dimension));
      this.exports.encode(this.header, this.place.scratches[0]!.address, count, taken);
      count += taken;
    }
    Atomics.store(this.words, (this.header + layout.HEADER_COUNT) / 4, count);
  }

  search(query: Float32Array, ef: number, without?: number, reach = EVERYWHERE): GraphSearch {
    const own = this.prepare(query, without);
    const { rank, stretch, offset } = reach;
    // The slot to search around takes a place among the closest.
    const ranked = rank > 0 && without !== undefined ? rank + 1 : rank;
    const candidates = clampEf(candidatesWith(ef, without));
    return this.found(own, this.exports.search(this.header, own, candidates, ranked, stretch, offset));
  }

  searchFiltered(query: Float32Array, { accept, share, wanted, without, ...search }: FilteredSearch): GraphSearch {
    const own = this.prepare(query, without);
    const ef = clampEf(candidatesWith(search.ef, without));
    const { rank, stretch, rareStretch, offset } = search.reach ?? { ...EVERYWHERE, rareStretch: 1 };
    this.loadSet(accept, 0, this.count);
    return this.found(
      own,
      this.exports.searchFiltered(
        this.header,
        own,
        ef,
        share,
        wanted,
        search.leastShare,
        rank,
        stretch,
        rareStretch,
        offset,
      ),
    );
  }

  scanSet(query: Float32Array, set: SlotSet, from: number, to: number, most: number): GraphSearch {
    assert(to <= Math.min(this.count, set.limit), `slots to ${to} of ${this.count} have codes`);
    const own = this.prepare(query);
    this.loadSet(set, from, to);
    return this.found(own, this.exports.scanSet(this.header, own, from, to, clampEf(most)));
  }

  scanTail(query: Float32Array, from: number, to: number, most: number): GraphSearch {
    assert(from >= this.tailStart && to <= this.count, `slots ${from} to ${to} are in the ring`);
    const own = this.prepare(query);
    return this.found(own, this.exports.scanTail(this.header, own, from, to, clampEf(most)));
  }

  bound(query: Float32Array): CodeBound {
    return createCodeBound(this.options.metric, query, this.options.mean);
  }

  scanBounds(query: Float32Array, bound: CodeBound, from: number, to: number, worst: number): Uint32Array {
    assert(to <= this.count && to - from <= layout.POOL_ENTRIES, `slots ${from} to ${to} of ${this.count} have codes`);
    const own = this.prepare(query);
    const { perScale, fixed, perLength, widen } = bound;
    const limit = this.options.metric === "euclidean" ? Math.sqrt(worst) * widen : worst;
    const count = this.exports.scanBounds(this.header, own, from, to, limit, perScale, fixed, perLength);
    return this.slots.subarray(0, count);
  }

  get tailSlots(): number {
    return this.place.tailSlots;
  }

  get tailStart(): number {
    return Math.max(this.loaded, this.count - this.place.tailSlots);
  }

  /** Puts the query where the core reads it, and the slot to search around; returns the address of this thread's scratch. */
  private prepare(query: Float32Array, without?: number): number {
    assert(query.length === this.options.dimension, `a query of ${query.length} dimensions`);
    const own = this.place.scratches[0]!.address;
    this.input.set(query);
    this.words[(own + layout.SCRATCH_WITHOUT) / 4] = without === undefined ? 0 : without + 1;
    return own;
  }

  /** Puts the part of a set that holds the slots [from, to) where the core reads it; slots beyond its limit are not in it. */
  private loadSet(set: SlotSet, from: number, to: number): void {
    const first = from >>> 5;
    const end = (to + 31) >>> 5;
    const copied = Math.min(end, set.words.length);
    this.accept.set(set.words.subarray(first, copied), first);
    if (copied < end) this.accept.fill(0, copied, end);
  }

  private found(own: number, count: number): GraphSearch {
    return {
      count,
      slots: this.slots.subarray(0, count),
      distances: this.distances.subarray(0, count),
      deviation: this.floats[(own + layout.SCRATCH_DEVIATION) / 4]!,
      indexed: this.words[(own + layout.SCRATCH_LIMIT) / 4]!,
      visited: this.words[(own + layout.SCRATCH_EXPANDED) / 4]!,
      computed: this.words[(own + layout.SCRATCH_COMPUTED) / 4]!,
    };
  }

  build(): void {
    if (this.pauses === 0 && !this.released && this.indexed < this.count) this.builder.start(this);
  }

  async settled(): Promise<void> {
    if (this.indexed === this.count) return;
    this.build();
    this.builder.hold();
    try {
      await new Promise<void>((resolve, reject) => this.waiters.push({ resolve, reject }));
    } finally {
      this.builder.unhold();
    }
  }

  async pause(): Promise<void> {
    this.pauses++;
    await this.builder.stop(this);
    // Resumed meanwhile, when a start would have been lost.
    if (this.pauses === 0) this.build();
  }

  resume(): void {
    assert(this.pauses > 0, "a graph that is resumed was paused");
    this.pauses--;
    this.build();
  }

  save(): Iterable<Uint8Array> {
    return writeGraphFile(this.filePlace);
  }

  get savedBytes(): number {
    return graphFileBytes(this.filePlace);
  }

  /** Fills this new graph from saved bytes; see `Core.loadGraph`. */
  async load(indexed: number, read: (into: Uint8Array) => Promise<void>): Promise<void> {
    const sketches = await readGraphFile(this.filePlace, indexed, read);
    this.loaded = indexed;
    markTwinHeads(this.words, this.place, indexed);
    if (sketches === "bare") await this.sketchLoaded();
  }

  /** Makes the sketches from the codes, where the file had none, or others. */
  private async sketchLoaded(): Promise<void> {
    for (let first = 0; first < this.loaded; first += SKETCHED_PER_TURN) {
      const n = Math.min(SKETCHED_PER_TURN, this.loaded - first);
      this.exports.sketch(this.header, this.place.scratches[0]!.address, first, n);
      await breathe();
    }
  }

  /** Makes the nodes [0, kept) that stand in its memory its own; see `GraphConsolidation`. */
  adoptNodes(kept: number, entry: number): Graph {
    const put = (field: number, value: number) => Atomics.store(this.words, (this.header + field) / 4, value);
    put(layout.HEADER_COUNT, kept);
    put(layout.HEADER_ENTRY_POINT, entry);
    put(layout.HEADER_INDEXED, kept);
    put(layout.HEADER_STOP, 0);
    resetBuild(this.words, this.place);
    this.loaded = kept;
    return this;
  }

  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    await this.builder.stop(this).catch(() => {});
    // The next graph in this memory has other things where the threads write.
    await this.tasks?.idle(this.memory);
    this.abandon();
    this.tasks?.forget(this.memory);
    this.module.releaseMemory(this.memory);
    this.onReleased(this);
  }

  /** Rejects whoever waits for a graph that will never settle. */
  abandon(): void {
    this.released = true;
    this.rejectWaiters(new VecstoreError("STORE_CLOSED", "the graph was released while it was being built"));
  }

  onSettled(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter.resolve();
  }

  onAbandoned(): void {
    resetBuild(this.words, this.place);
  }

  onFailed(error: Error): void {
    this.rejectWaiters(error);
  }

  private rejectWaiters(error: Error): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }

  /** For the files and consolidations of this folder. */
  get filePlace(): GraphFilePlace {
    return { options: this.options, place: this.place, buffer: this.memory.buffer };
  }
}

/** The slot to search around takes the place of one candidate. */
function candidatesWith(ef: number, without: number | undefined): number {
  return without === undefined ? ef : ef + 1;
}

function assertOptions({ dimension, m, efConstruction, capacity, seed, mean, quantization }: GraphOptions): void {
  const within = (value: number, low: number, high: number) => Number.isInteger(value) && value >= low && value <= high;
  assert(within(dimension, 1, LIMITS.dimensionMax), `dimension ${dimension}`);
  assert(within(m, 2, LIMITS.mMax), `m ${m}`);
  assert(within(efConstruction, 1, LIMITS.efConstructionMax), `efConstruction ${efConstruction}`);
  assert(within(capacity, 1, 2 ** 31 - 1), `capacity ${capacity}`);
  assert(within(seed, 0, 2 ** 32 - 1), `seed ${seed}`);
  assert(!mean || mean.length === dimension, `a mean of ${mean?.length} dimensions`);
  assert(!mean || quantization !== "none", "a mean, and no codes");
}
