import { expect, test } from "vitest";
import { breathe } from "./breathe.js";
import type { Builder, BuildTarget } from "./builder.js";
import { WorkerBuilder } from "./builder-worker.js";
import { clusteredVectors } from "./fixtures.cases.js";
import type { GraphOptions } from "./graph.js";
import { faultsOf, readStructure } from "./graph-structure.cases.js";
import { HEADER_INDEXED, HEADER_NEXT } from "./layout.js";
import { CoreModule } from "./module.js";
import { runInOwnProcess } from "./own-process.cases.js";
import { WasmGraph } from "./wasm-graph.js";
import { WorkerPool, workerThreads } from "./worker-pool.js";

/** So many that the threads are still at it when one of them dies. */
const COUNT = 10_000;
const OPTIONS: GraphOptions = { dimension: 16, metric: "dot", m: 8, efConstruction: 40, capacity: COUNT, seed: 1 };

async function createBuilder(threads: number): Promise<{ module: CoreModule; builder: Builder }> {
  const module = await CoreModule.compile(true);
  return { module, builder: new WorkerBuilder(new WorkerPool(module.wasm, workerThreads()!, threads)) };
}

/** A target on whose memory the core traps: every address in its header is beyond its end. */
function brokenTarget(module: CoreModule, failures: Error[]): BuildTarget {
  const { memory } = module.createMemory(65536);
  const header = 65536 - 512;
  new Uint32Array(memory.buffer).fill(0xffffffff, header / 4, header / 4 + 64);
  new Uint32Array(memory.buffer)[(header + HEADER_INDEXED) / 4] = 0;
  return {
    task: "build",
    memory,
    exports: module.bind(memory),
    header,
    scratches: [header],
    count: 1,
    indexed: 0,
    onSettled: () => {},
    onAbandoned: () => {
      new Uint32Array(memory.buffer)[(header + HEADER_NEXT) / 4] = 0;
    },
    onFailed: (error) => failures.push(error),
  };
}

test.each([1, 3])(
  "when a worker dies, whoever waits is told and building goes on inline, %i threads",
  async (threads) => {
    const { module, builder } = await createBuilder(threads);
    // Long enough that the other workers cannot be done before the death of one is known.
    const count = 4 * COUNT;
    const graph = new WasmGraph(module, builder, { ...OPTIONS, capacity: count }, threads, () => {});
    graph.append(clusteredVectors(count, 16, 1));
    const failures: Error[] = [];
    graph.build();
    const settled = graph.settled();
    builder.start(brokenTarget(module, failures));
    await expect(settled).rejects.toMatchObject({ reason: "INTERNAL" });
    expect(failures).toHaveLength(1);
    await graph.settled();
    expect(graph.indexed).toBe(count);
    const bytes = Buffer.concat(Array.from(graph.save(), (view) => Buffer.from(view)));
    expect(faultsOf(readStructure(bytes, OPTIONS.dimension, OPTIONS.m), OPTIONS.m)).toEqual([]);
    // Inline now, where the broken target fails once more and is given up.
    while (failures.length < 2) await breathe();
    expect(failures).toHaveLength(2);
    await graph.pause();
    await graph.release();
    await builder.close();
  },
);

test.each([1, 3])("a pause that a worker did not live to answer is rejected, %i threads", async (threads) => {
  const { module, builder } = await createBuilder(threads);
  const failures: Error[] = [];
  const graph = new WasmGraph(module, builder, OPTIONS, threads, () => {});
  graph.append(clusteredVectors(COUNT, 16, 1));
  // No memory at all: the worker dies of this message, before it reads the next.
  const memory = { buffer: new SharedArrayBuffer(65536) } as unknown as WebAssembly.Memory;
  builder.start({ ...brokenTarget(module, failures), memory });
  graph.build();
  await expect(graph.pause()).rejects.toMatchObject({ reason: "INTERNAL" });
  await builder.close();
});

test("a build that nobody waits for does not keep the process alive, one that is waited for does", () => {
  const contents = `
    import { loadCore } from "./core.ts";
    const core = await loadCore({ threads: 1 });
    const options = ${JSON.stringify({ ...OPTIONS, capacity: 400_000 })};
    const idle = core.createGraph(options);
    const data = Float32Array.from({ length: 16 * 200_000 }, (_, i) => Math.sin(i * 7.13));
    const graph = core.createGraph(options);
    graph.append(data.subarray(0, 16 * 500));
    await graph.settled();
    idle.append(data);
    idle.build();
    console.log("linked", graph.indexed);`;
  expect(runInOwnProcess(contents, import.meta.dirname)).toEqual([0, "linked 500\n"]);
});
