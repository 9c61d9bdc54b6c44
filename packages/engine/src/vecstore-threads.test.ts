import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Tasks } from "./core/tasks.js";
import type { QueryRequest } from "./model/query.js";
import { createRandom } from "./segment/segment-fixture.cases.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

const DIMENSION = 256;
const COUNT = 20_000;
const GROUPS = 10;
const SEED = 41;

/** The same records in each store, a tenth of them deleted, all linked. */
async function openStore(threads: number): Promise<VecStore> {
  const options = { env: new MemoryEnv(), threads, graphRecordsMin: 1_000 };
  // Exact queries compare all vectors then: codes bound nothing.
  const store = await VecStore.open("data", { ...options, quantization: "none" });
  const random = createRandom(SEED);
  for (let first = 0; first < COUNT; first += 1_000) {
    await store.upsert(
      Array.from({ length: 1_000 }, (_, i) => ({
        id: `r${first + i}`,
        // Few directions, so that many distances are equal.
        vector: Float32Array.from({ length: DIMENSION }, (_, k) => (k < 4 ? Math.round(random() * 8) - 4 : 0.5)),
        metadata: { group: (first + i) % GROUPS },
      })),
    );
  }
  await store.delete({ filter: "group = 3" });
  await store.settled();
  return store;
}

function vectorOf(seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: DIMENSION }, () => random() - 0.5);
}

/** What a caller sees, without what depends on the moment. */
async function answersOf(store: VecStore, requests: readonly QueryRequest[]) {
  const answers = await store.batchQuery(requests);
  return answers.map(({ results, stats }) => ({ results, stats: { ...stats, durationMs: 0 } }));
}

const REQUESTS: Readonly<Record<string, Omit<QueryRequest, "vector">>> = {
  "an exact query": { exact: true, limit: 50 },
  "an exact query for one": { exact: true, limit: 1 },
  "an exact query for more than a thread finds": { exact: true, limit: 1_000, offset: 3_000 },
  "an exact query under a filter": { exact: true, filter: "group >= 0", limit: 50 },
};

const KINDS: readonly Omit<QueryRequest, "vector">[] = [
  {},
  { efSearch: 40 },
  { limit: 100 },
  { filter: "group = 1" },
  { exact: true },
];

/** As it is without the spy. */
const runTask = Tasks.prototype.run;
const run = vi.spyOn(Tasks.prototype, "run");

/** A store whose threads run. */
async function openThreaded(): Promise<VecStore> {
  const store = await openStore(2);
  // The first large scan wakes them.
  do await store.query({ vector: vectorOf(1), exact: true });
  while (run.mock.calls.length === 0);
  run.mockClear();
  return store;
}

/** Does something each time when a piece of work was handed over. */
function whenHanded(act: (tasks: Tasks) => void): void {
  run.mockImplementation(function (this: Tasks, ...handed) {
    const result = runTask.apply(this, handed);
    act(this);
    return result;
  });
}

describe("a store with threads", () => {
  let inline: VecStore;
  let threaded: VecStore;

  beforeAll(async () => {
    inline = await openStore(0);
    threaded = await openThreaded();
  }, 120_000);
  afterEach(() => {
    run.mockReset();
    run.mockImplementation(runTask);
  });
  afterAll(async () => {
    await inline.close();
    await threaded.close();
    run.mockRestore();
  });

  it.each(Object.entries(REQUESTS))("answers %s as one without does", async (_, request) => {
    for (let seed = 1; seed <= 5; seed++) {
      const query = { ...request, vector: vectorOf(seed) };
      expect(await answersOf(threaded, [query])).toEqual(await answersOf(inline, [query]));
    }
    expect(run).toHaveBeenCalled();
  });

  it("answers a batch of all kinds in its order, as each query by itself", async () => {
    const requests = Array.from({ length: 120 }, (_, i) => ({ ...KINDS[i % KINDS.length], vector: vectorOf(i) }));
    const batch = await answersOf(threaded, requests);
    expect(run.mock.calls.some(([, , work]) => work.kind === "search")).toBe(true);
    for (const [i, request] of requests.entries()) expect([batch[i]]).toEqual(await answersOf(threaded, [request]));
  });

  it("answers small queries and a short batch on the calling thread", async () => {
    await threaded.query({ vector: vectorOf(1) });
    await answersOf(threaded, [{ vector: vectorOf(1) }, { vector: vectorOf(2) }, { vector: vectorOf(3) }]);
    expect(run).not.toHaveBeenCalled();
  });

  it.each([
    ["a scan", [{ exact: true, limit: 10 }]],
    ["a batch", Array.from({ length: 200 }, () => ({ efSearch: 500 }))],
  ])("stops %s that is canceled while other threads work on it", async (_, kinds) => {
    const controller = new AbortController();
    const { signal } = controller;
    whenHanded(() => controller.abort());
    const requests = kinds.map((kind, i) => ({ ...kind, vector: vectorOf(i), signal }));
    await expect(threaded.batchQuery(requests)).rejects.toMatchObject({ reason: "CANCELED" });
  });

  it.each(["a scan", "a batch"])(
    "loses nothing of %s when a thread dies meanwhile, and goes on without",
    async (what) => {
      const store = await openThreaded();
      let died = false;
      whenHanded((tasks) => {
        if (died) return;
        died = true;
        // No memory at all: the thread dies of this message.
        const memory = { buffer: new SharedArrayBuffer(65_536) } as unknown as WebAssembly.Memory;
        void runTask.call(tasks, 0, memory, {
          kind: "gather",
          metric: 0,
          query: new Float32Array(1),
          lane: 1,
          bound: 0,
          places: new Uint32Array(2),
        });
      });
      const requests =
        what === "a scan"
          ? [{ vector: vectorOf(1), exact: true, limit: 50 }]
          : Array.from({ length: 200 }, (_, i) => ({ vector: vectorOf(i) }));
      const answers = await answersOf(store, requests);
      expect(died).toBe(true);
      const idsOf = (all: typeof answers) => all.map(({ results }) => results.map(({ id }) => id));
      // Graphs that two threads built differ a little, exact answers do not.
      if (what === "a scan") expect(answers).toEqual(await answersOf(inline, requests));
      else expect(idsOf(answers)).toEqual(idsOf(await answersOf(store, requests)));
      await store.close();
    },
  );
});
