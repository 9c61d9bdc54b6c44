// usearch, whose binary is inside its package.
import { join } from "node:path";
import { K } from "../exact-search.mjs";
import { PeerPackage } from "../install.mjs";

const peer = new PeerPackage({ name: "usearch", packages: ["usearch@2.26.2"] });
const ONE_THREAD = 1;

/** @type {import("../engines.mjs").EngineKind} */
export const usearch = {
  title: "usearch",
  how: "f32; its calls are synchronous and take the number of threads: 1 to add, 1 to search",
  install: () => peer.install(),
  version: () => peer.version(),
  create: async (task) => {
    const index = createIndex(task, task.efConstruction);
    const engine = searching(task, index);
    return {
      build({ vectors, count }) {
        const keys = BigUint64Array.from({ length: count }, (_, slot) => BigInt(slot));
        index.add(keys, vectors, ONE_THREAD);
        index.save(fileOf(task));
      },
      ...engine,
      save() {}, // build saved it, for the changes of ef
      close() {},
    };
  },
  open: async (task) => {
    const index = createIndex(task, task.efConstruction);
    index.load(fileOf(task));
    return { ...searching(task, index), close() {} };
  },
};

const fileOf = ({ folder }) => join(folder, "index.usearch");

function createIndex({ m, efConstruction, dimension }, ef) {
  const { Index, MetricKind, ScalarKind } = peer.require();
  return new Index({
    dimensions: dimension,
    metric: MetricKind.Cos,
    quantization: ScalarKind.F32,
    connectivity: m,
    expansion_add: efConstruction,
    expansion_search: ef,
    multi: false,
  });
}

/** ef is fixed when an index is made: for another one the saved index is loaded again. */
function searching(task, built) {
  let index = built;
  let loadedFor = task.efConstruction;
  return {
    prepare: (query) => query,
    async beforePass(ef) {
      if (ef === loadedFor) return;
      index = undefined;
      await collectGarbage();
      index = createIndex(task, ef);
      index.load(fileOf(task));
      loadedFor = ef;
    },
    search: (query) => Array.from(index.search(query, K, ONE_THREAD).keys, Number),
  };
}

/** The collector sees the few bytes of an index that are its own, and lets its gigabytes lie: memory grew with each change of ef. */
async function collectGarbage() {
  globalThis.gc();
  // What is native is freed in a turn of its own.
  await new Promise((resolve) => setImmediate(resolve));
}
