import type { Metric } from "../model/namespace.js";
import { ArenaPool } from "./arena.js";
import type { Builder } from "./builder.js";
import { InlineBuilder } from "./builder-inline.js";
import { WorkerBuilder, workerThreads } from "./builder-worker.js";
import type { Graph, GraphOptions } from "./graph.js";
import { CoreModule } from "./module.js";
import { NoVectors } from "./no-vectors.js";
import type { Vectors } from "./vectors.js";
import { WasmGraph } from "./wasm-graph.js";
import { WasmVectors } from "./wasm-vectors.js";

/** Options of {@link loadCore}. */
export interface CoreOptions {
  /**
   * 0 runs everything on the calling thread, in steps of at most about 1 ms; 1 builds graphs in a worker.
   * Default 1 in Node, 0 where SharedArrayBuffer or worker threads are missing. More than 1 counts as 1.
   */
  readonly threads?: number;
}

/** The search core: owns the memories of vectors and graphs, and the worker that builds graphs. */
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

  /** Stops the worker and gives up all memories; nothing may be called afterwards. */
  close(): Promise<void>;
}

/** Compiles the core. Works in Node and in browsers: the WASM is inside the module. */
export async function loadCore(options: CoreOptions = {}): Promise<Core> {
  const workers = typeof SharedArrayBuffer === "undefined" ? undefined : workerThreads();
  const threads = workers && (options.threads ?? 1) > 0 ? 1 : 0;
  const module = await CoreModule.compile(threads > 0);
  const builder = workers && threads > 0 ? new WorkerBuilder(module.wasm, workers) : new InlineBuilder();
  return new WasmCore(threads, module, builder);
}

class WasmCore implements Core {
  private readonly arenas: ArenaPool;
  private readonly graphs = new Set<WasmGraph>();

  constructor(
    readonly threads: number,
    private readonly module: CoreModule,
    private readonly builder: Builder,
  ) {
    this.arenas = new ArenaPool(module);
  }

  createVectors(options: { readonly dimension: number; readonly metric: Metric }): Vectors {
    return options.dimension === 0 ? new NoVectors() : new WasmVectors(this.arenas, options);
  }

  createGraph(options: GraphOptions): WasmGraph {
    const graph = new WasmGraph(this.module, this.builder, options, () => this.graphs.delete(graph));
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

  async close(): Promise<void> {
    await this.builder.close();
    for (const graph of this.graphs) graph.abandon();
    this.graphs.clear();
    this.arenas.clear();
  }
}
