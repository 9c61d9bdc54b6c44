// Makes the store of a format: node test/compatibility/make.mjs <format> <folder>. README.md says when.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NamespacedVecStore } from "@vecstore/engine";
import { startServer } from "@vecstore/server";
import { namespacesOf, stepsOf, TAIL, vectorOf } from "./content.mjs";

const [format, folder] = [Number(process.argv[2]), process.argv[3]];
if (![1, 2].includes(format) || folder === undefined) throw new Error("node make.mjs <1 or 2> <folder>");

const work = await mkdtemp(join(tmpdir(), "vecstore-compatibility-"));
const data = join(work, "data");
const open = () => NamespacedVecStore.open(data, { threads: 1, graphRecordsMin: 100 });

async function run(all, steps) {
  for (const { namespace, kind, ...step } of steps) {
    const store = await all.namespace(namespace);
    if (kind === "upsert") await store.upsert(step.records);
    else if (kind === "snapshot") await store.createSnapshot(step.name);
    else await store[kind]({ ids: step.ids });
  }
}

async function fill() {
  const all = await open();
  for (const [name, options] of Object.entries(namespacesOf(format))) {
    if (name !== "default") await all.createNamespace(name, options);
  }
  await run(all, stepsOf(format));
  if (format > 1) {
    await all.createNamespace("deleted");
    await all.deleteNamespace("deleted");
    await all.updateNamespace("bounded", { status: "read_only" });
  }
  for (const name of Object.keys(namespacesOf(format))) {
    const store = await all.namespace(name);
    while ((await store.stats()).indexBacklog > 0) await new Promise((next) => setTimeout(next, 10));
  }
  await all.close();
}

/** A key, lines of the audit log, counts of requests. @returns the key */
async function serve() {
  const adminKey = "made-for-the-stores-of-compatibility";
  const server = await startServer({ listen: [{ host: "127.0.0.1", port: 0 }], data, threads: 0, adminKey });
  const ask = async (path, body) => {
    const headers = { "content-type": "application/json", "x-api-key": adminKey };
    const url = `http://127.0.0.1:${server.ports[0]}${path}`;
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return answer.json();
  };
  const { key } = await ask("/admin/keys", { name: "kept", role: "reader", namespaces: ["default", "texts"] });
  for (let i = 0; i < 7; i++) await ask("/v1/query", { vector: vectorOf(i, 8), limit: 3 });
  await server.close();
  return key;
}

await fill();
const key = await serve();
const all = await open();
await run(all, TAIL);
const target = resolve(folder);
await rm(target, { recursive: true, force: true });
await cp(data, target, { recursive: true, filter: (path) => !/LOCK/.test(path) });
await writeFile(`${target}.json`, `${JSON.stringify({ format, key, queries: 7 }, null, 2)}\n`);
await all.close();
await rm(work, { recursive: true });
