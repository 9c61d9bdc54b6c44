// zvec, Alibaba's engine in the process, with f32 and with int8 codes that it refines.
import { join } from "node:path";
import { K } from "../exact-search.mjs";
import { PeerPackage } from "../install.mjs";

const VERSION = "0.7.0";
const FIELD = "vector";
const BATCH = 1_000;
const peer = new PeerPackage({
  name: "@zvec/zvec",
  packages: [`@zvec/zvec@${VERSION}`, `@zvec/bindings-${process.platform}-${process.arch}@${VERSION}`],
});
const how = "its synchronous methods, queryThreads 1, optimizeThreads 1, concurrency 1; on disk, memory-mapped";

/** @type {import("../engines.mjs").EngineKind} */
export const zvec = kind("zvec", `f32; ${how}`, "UNDEFINED");

/** @type {import("../engines.mjs").EngineKind} */
export const zvecInt8 = kind("zvec, int8 refined", `int8 codes, isUsingRefiner; ${how}`, "INT8");

function kind(title, text, quantize) {
  return {
    title,
    how: text,
    install: () => peer.install(),
    version: () => peer.version(),
    create: async (task) => {
      const library = load();
      const collection = library.ZVecCreateAndOpen(join(task.folder, "zvec"), schemaOf(library, task, quantize));
      return { build: (dataset) => build(collection, dataset), ...searching(library, collection, quantize) };
    },
    open: async (task) => {
      const library = load();
      return searching(library, library.ZVecOpen(join(task.folder, "zvec")), quantize);
    },
  };
}

function load() {
  const library = peer.require();
  library.ZVecInitialize({ queryThreads: 1, optimizeThreads: 1, logLevel: library.ZVecLogLevel.WARN });
  return library;
}

function schemaOf(library, { m, efConstruction, dimension }, quantize) {
  return new library.ZVecCollectionSchema({
    name: "bench",
    vectors: {
      name: FIELD,
      dataType: library.ZVecDataType.VECTOR_FP32,
      dimension,
      indexParams: {
        indexType: library.ZVecIndexType.HNSW,
        metricType: library.ZVecMetricType.COSINE,
        quantizeType: library.ZVecQuantizeType[quantize],
        m,
        efConstruction,
      },
    },
  });
}

/** Documents lie in a flat segment until `optimize` builds the graph. */
function build(collection, { vectors, count, dimension }) {
  for (let from = 0; from < count; from += BATCH) {
    const length = Math.min(BATCH, count - from);
    const documents = Array.from({ length }, (_, i) => ({
      id: String(from + i),
      vectors: { [FIELD]: vectors.subarray((from + i) * dimension, (from + i + 1) * dimension) },
    }));
    const failed = collection.insertSync(documents).find(({ ok }) => !ok);
    if (failed !== undefined) throw new Error(`zvec refused a document: ${failed.message}`);
  }
  collection.optimizeSync({ concurrency: 1 });
  const { indexCompleteness } = collection.stats;
  if (indexCompleteness[FIELD] !== 1) throw new Error(`zvec's index holds ${indexCompleteness[FIELD]} of the vectors`);
}

function searching(library, collection, quantize) {
  const indexType = library.ZVecIndexType.HNSW;
  const isUsingRefiner = quantize !== "UNDEFINED";
  return {
    prepare: (query) => query,
    search: (vector, ef) =>
      collection
        .querySync({ fieldName: FIELD, vector, topk: K, outputFields: [], params: { indexType, ef, isUsingRefiner } })
        .map(({ id }) => Number(id)),
    save() {}, // closing it writes what is missing
    close: () => collection.closeSync(),
  };
}
