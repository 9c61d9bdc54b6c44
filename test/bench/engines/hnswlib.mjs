// hnswlib by hnswlib-node: as npm builds it, and built for this processor.
import { join } from "node:path";
import { K } from "../exact-search.mjs";
import { PeerPackage } from "../install.mjs";

const SEED = 100;
const NAME = "hnswlib-node";
const asItComes = new PeerPackage({ name: NAME, packages: [`${NAME}@3.0.0`], scripts: [NAME] });
const native = new PeerPackage({
  name: NAME,
  packages: [`${NAME}@3.0.0`],
  scripts: [NAME],
  variant: "native",
  env: { CXXFLAGS: "-march=native -O3" },
});

/** @type {import("../engines.mjs").EngineKind} */
export const hnswlib = {
  title: "hnswlib",
  how: "hnswlib-node as npm builds it (SSE); its calls are synchronous, on the calling thread; f32",
  install: () => asItComes.install(),
  version: () => asItComes.version(),
  create: (task) => create(asItComes, task),
  open: (task) => open(asItComes, task),
};

/** @type {import("../engines.mjs").EngineKind} */
export const hnswlibNative = {
  title: "hnswlib, `-march=native`",
  how: "hnswlib-node built with CXXFLAGS='-march=native -O3' (AVX-512 where the processor has it); otherwise as hnswlib",
  install: () => native.install(),
  version: () => native.version(),
  create: (task) => create(native, task),
  open: (task) => open(native, task),
};

/** @param {{m: number, efConstruction: number}} parameters */
export async function createHnswlib(parameters) {
  native.install();
  return { ...(await create(native, parameters)), name: "hnswlib (-march=native)" };
}

async function create(peer, { m, efConstruction, folder }) {
  const { HierarchicalNSW } = peer.require();
  let index;
  return {
    build({ vectors, count, dimension }) {
      index = new HierarchicalNSW("cosine", dimension);
      index.initIndex({ maxElements: count, m, efConstruction, randomSeed: SEED });
      for (let slot = 0; slot < count; slot++) {
        index.addPoint(Array.from(vectors.subarray(slot * dimension, (slot + 1) * dimension)), slot);
      }
    },
    ...searching(() => index),
    save: () => index.writeIndexSync(join(folder, "index.bin")),
    close() {},
  };
}

async function open(peer, { dimension, folder }) {
  const { HierarchicalNSW } = peer.require();
  const index = new HierarchicalNSW("cosine", dimension);
  index.readIndexSync(join(folder, "index.bin"));
  return { ...searching(() => index), close() {} };
}

function searching(current) {
  return {
    // It takes plain arrays only; the conversion is not measured.
    prepare: (query) => Array.from(query),
    beforePass: (ef) => current().setEf(ef),
    search: (query, ef) => {
      const index = current();
      index.setEf(ef);
      return index.searchKnn(query, K).neighbors;
    },
  };
}
