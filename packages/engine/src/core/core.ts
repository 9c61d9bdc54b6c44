import { assert } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { Metric } from "../model/namespace.js";
import { ArenaPool } from "./arena.js";
import type { Builder } from "./builder.js";
import { InlineBuilder } from "./builder-inline.js";
import { WorkerBuilder } from "./builder-worker.js";
import { defaultThreads } from "./default-threads.js";
import type { Consolidation, Graph, GraphOptions } from "./graph.js";
import { GraphConsolidation, takesNodesOf } from "./graph-consolidation.js";
import { CoreModule } from "./module.js";
import { NoVectors } from "./no-vectors.js";
import { PageCache } from "./page-cache.js";
import type { SlotSet } from "./slot-set.js";
import { Tasks } from "./tasks.js";
import { TieredVectors } from "./tiered-vectors.js";
import type { Vectors } from "./vectors.js";
import { WasmGraph } from "./wasm-graph.js";
import { WorkerPool, workerThreads } from "./worker-pool.js";

/** Threads that build one graph: each needs two bytes for each of its records. */
const BUILDERS_MAX = 16;

/** Options of {@link loadCore}. */
export interface CoreOptions {
  /**
   * Threads beside the calling one. They build graphs, a long tail in all of them at once, and take parts of
   * large scans and of batches of queries. 0 runs everything on the calling
   * thread, in steps of at most about 1 ms, and is what runs where SharedArrayBuffer or worker threads are missing.
   * Default: one less than the processor has, 1..8. At most LIMITS.threadsMax.
   */
  readonly threads?: number;
}

/** The search core: owns the memories of vectors and graphs, and the threads that build graphs. */
export interface Core {
  readonly threads: number;
  /** @param options  dimension 0: vectors of records that have none */
  createVectors(options: { readonly dimension: number; readonly metric: Metric }): Vectors;
  createGraph(options: GraphOptions): Graph;

  /**
   * A graph from the bytes that `Graph.save` gave when `indexed` slots were linked. It searches identically;
   * the caller appends the slots from `indexed` on again.
   *
   * @param read  fills the array from the saved bytes, in order; called until all are read
   * @throws VecstoreError DATA_CORRUPTED when the bytes are no graph, or one of other options
   */
  loadGraph(
    options: GraphOptions & { readonly indexed: number },
    read: (into: Uint8Array) => Promise<void>,
  ): Promise<Graph>;

  /**
   * Begins to make a graph of the linked nodes of another one, without those that go: their neighbors are linked anew, which costs
   * a fraction of building the graph. The old graph stands still while it is copied, then goes on as before.
   * Where several nodes have the same code, all but the oldest go: append their vectors again.
   *
   * @param source   a graph of this core
   * @param stays    slots of it
   * @param options  dimension, metric, m and mean as those of the source
   * @returns        undefined when the new graph has no room for all nodes of the old one, which it needs for a while
   * Cost: copies the memory of the old graph in steps; then about a tenth of an insert for each node with a neighbor that goes.
   */
  consolidateGraph(source: Graph, stays: SlotSet, options: GraphOptions): Promise<Consolidation | undefined>;

  /** Ends the threads and gives up all memories; nothing may be called afterwards. */
  close(): Promise<void>;
}

/** Compiles the core. Works in Node and in browsers: the WASM is inside the module. */
export async function loadCore(options: CoreOptions = {}): Promise<Core> {
  const workers = typeof SharedArrayBuffer === "undefined" ? undefined : workerThreads();
  const threads = workers
    ? Math.min(LIMITS.threadsMax, Math.max(0, Math.trunc(options.threads ?? defaultThreads())))
    : 0;
  const module = await CoreModule.compile(threads > 0);
  const pool = workers && threads > 0 ? new WorkerPool(module.wasm, workers, threads) : undefined;
  if (pool === undefined) return new WasmCore(threads, module, new InlineBuilder(), undefined);
  return new WasmCore(threads, module, new WorkerBuilder(pool), new Tasks(pool));
}

class WasmCore implements Core {
  private readonly arenas: ArenaPool;
  private readonly pages: PageCache;
  private readonly graphs = new Set<WasmGraph>();

  constructor(
    readonly threads: number,
    private readonly module: CoreModule,
    private readonly builder: Builder,
    private readonly tasks: Tasks | undefined,
  ) {
    this.arenas = new ArenaPool(module, tasks);
    this.pages = new PageCache(this.arenas);
  }

  createVectors(options: { readonly dimension: number; readonly metric: Metric }): Vectors {
    if (options.dimension === 0) return new NoVectors();
    return new TieredVectors(this.arenas, this.pages, options, this.tasks);
  }

  createGraph(options: GraphOptions): WasmGraph {
    const { module, builder, tasks } = this;
    const builders = Math.min(Math.max(1, this.threads), BUILDERS_MAX);
    const graph = new WasmGraph(module, builder, options, builders, () => this.graphs.delete(graph), tasks);
    this.graphs.add(graph);
    return graph;
  }

  async loadGraph(
    options: GraphOptions & { readonly indexed: number },
    read: (into: Uint8Array) => Promise<void>,
  ): Promise<Graph> {
    const graph = this.createGraph(options);
    try {
      await graph.load(options.indexed, read);
    } catch (error) {
      await graph.release();
      throw error;
    }
    return graph;
  }

  async consolidateGraph(source: Graph, stays: SlotSet, options: GraphOptions): Promise<Consolidation | undefined> {
    assert(source instanceof WasmGraph, "a graph of this core");
    const target = this.createGraph(options);
    try {
      await source.pause();
      const nodes = source.indexed;
      const { filePlace } = source;
      if (takesNodesOf(target.filePlace, filePlace, nodes)) {
        return await GraphConsolidation.begin(this.builder, filePlace, target, nodes, stays);
      }
      await target.release();
      return undefined;
    } catch (error) {
      await target.release();
      throw error;
    } finally {
      source.resume();
    }
  }

  async close(): Promise<void> {
    await this.builder.close();
    // Whoever waits for a thread goes on without it.
    this.tasks?.onDeath();
    for (const graph of this.graphs) graph.abandon();
    this.graphs.clear();
    this.arenas.clear();
  }
}
