// LanceDB in the process: one partition with an HNSW graph over 8-bit codes, refined with the vectors on disk.
import { join } from "node:path";
import { K } from "../exact-search.mjs";
import { PeerPackage } from "../install.mjs";

const VERSION = "0.39.0";
const TABLE = "bench";
const INDEX_WAIT_S = 3_600;
const libc = process.platform === "linux" ? "-gnu" : process.platform === "win32" ? "-msvc" : "";
const peer = new PeerPackage({
  name: "@lancedb/lancedb",
  packages: [
    `@lancedb/lancedb@${VERSION}`,
    `@lancedb/lancedb-${process.platform}-${process.arch}${libc}@${VERSION}`,
    "apache-arrow@18.1.0",
  ],
});
/** Four times k candidates are compared again, as here; fewer where ef is smaller, since it wants ef >= k times this. */
const REFINE_MAX = 4;

/** @type {import("../engines.mjs").EngineKind} */
export const lancedb = {
  title: "LanceDB, HNSW-SQ refined",
  how: "one partition, hnswSq, refineFactor up to 4, answers as Arrow; on disk; one query at a time, LANCE_CPU_THREADS, TOKIO_WORKER_THREADS and RAYON_NUM_THREADS 1",
  env: { LANCE_CPU_THREADS: "1", TOKIO_WORKER_THREADS: "1", RAYON_NUM_THREADS: "1", LANCE_LOG: "error" },
  install: () => peer.install(),
  version: () => peer.version(),
  create: async (task) => {
    const { connect, Index } = peer.require();
    const database = await connect(join(task.folder, "lancedb"));
    let table;
    return {
      async build(dataset) {
        table = await database.createTable(TABLE, arrowTable(dataset));
        const { m, efConstruction } = task;
        const config = Index.hnswSq({ distanceType: "cosine", numPartitions: 1, m, efConstruction });
        await table.createIndex("vector", { config, waitTimeoutSeconds: INDEX_WAIT_S });
      },
      ...searching(() => table),
      save() {}, // it is on disk
      close: () => database.close(),
    };
  },
  open: async (task) => {
    const database = await peer.require().connect(join(task.folder, "lancedb"));
    const table = await database.openTable(TABLE);
    return { ...searching(() => table), close: () => database.close() };
  },
};

/** Columns that share memory with the vectors: a row as a JavaScript object would be many times as large. */
function arrowTable({ vectors, count, dimension }) {
  const arrow = peer.require("apache-arrow");
  const number = new arrow.Field("item", new arrow.Float32(), true);
  const values = arrow.makeData({ type: number.type, data: vectors, length: vectors.length });
  const type = new arrow.FixedSizeList(dimension, number);
  const vector = arrow.makeVector(arrow.makeData({ type, length: count, nullCount: 0, child: values }));
  const id = arrow.makeVector(Uint32Array.from({ length: count }, (_, slot) => slot));
  return new arrow.Table({ id, vector });
}

function searching(current) {
  return {
    prepare: (query) => query,
    async search(query, ef) {
      const found = await current()
        .query()
        .nearestTo(query)
        .distanceType("cosine")
        .nprobes(1)
        .ef(ef)
        .refineFactor(Math.max(1, Math.min(REFINE_MAX, Math.floor(ef / K))))
        .limit(K)
        .select(["id", "_distance"])
        .toArrow();
      return Array.from(found.getChild("id").toArray());
    },
  };
}
