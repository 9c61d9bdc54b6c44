// Orama, a JavaScript engine. It is in memory and runs on Node 20; vectra, the other one considered, wants Node 22 and keeps
// JSON files. Both compare the query with every vector, so each has one point instead of a curve, at recall 1.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { K } from "../exact-search.mjs";
import { PeerPackage } from "../install.mjs";

const peer = new PeerPackage({ name: "@orama/orama", packages: ["@orama/orama@3.1.18"] });
const BATCH = 1_000;

/** @type {import("../engines.mjs").EngineKind} */
export const orama = {
  title: "Orama",
  how: "JavaScript on the calling thread, in memory, f32, every vector compared (ef means nothing); opened from a v8.serialize of its save()",
  exact: true,
  install: () => peer.install(),
  version: () => peer.version(),
  create: async (task) => {
    const { create, insertMultiple, save } = peer.require();
    const database = create({ schema: schemaOf(task) });
    return {
      async build({ vectors, count, dimension }) {
        for (let from = 0; from < count; from += BATCH) {
          const records = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => ({
            id: String(from + i),
            vector: Array.from(vectors.subarray((from + i) * dimension, (from + i + 1) * dimension)),
          }));
          await insertMultiple(database, records, BATCH);
        }
      },
      ...searching(database),
      save: () => writeFileSync(join(task.folder, "orama.bin"), serialize(save(database))),
      close() {},
    };
  },
  open: async (task) => {
    const { create, load } = peer.require();
    const database = create({ schema: schemaOf(task) });
    load(database, deserialize(readFileSync(join(task.folder, "orama.bin"))));
    return { ...searching(database), close() {} };
  },
};

/** Without `id` among the fields, nothing but the vectors is indexed. */
const schemaOf = ({ dimension }) => ({ vector: `vector[${dimension}]` });

function searching(database) {
  const { search } = peer.require();
  return {
    prepare: (query) => query,
    async search(value) {
      const { hits } = await search(database, {
        mode: "vector",
        vector: { value, property: "vector" },
        similarity: -1, // it leaves out what is less similar than 0.8 otherwise
        limit: K,
      });
      return hits.map(({ id }) => Number(id));
    },
  };
}
