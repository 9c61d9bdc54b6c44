import { setMaxListeners } from "node:events";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import type { Target } from "./harness/http.js";
import { VecstoreProcess } from "./harness/process.js";
import { recountUsage } from "./harness/recount-usage.js";
import { methodOf } from "./harness/schema.js";
import { ask, until } from "./harness/server.js";
import { readUsage } from "./harness/usage.js";

let data: string;
let server: (VecstoreProcess & { target: Target }) | undefined;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-usage-"));
});
afterEach(async () => {
  await server?.kill();
  await rm(data, { recursive: true, force: true });
});

const serve = async (...args: string[]) => {
  server = await VecstoreProcess.serve(data, ["--threads", "0", ...args]);
  return server.target;
};

async function kill(): Promise<void> {
  server!.signal("SIGKILL");
  expect(await server!.ended()).toBe("SIGKILL");
}

const logSize = async () => {
  const names = await readdir(join(data, "log"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(data, "log", name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};

/** The next one that is created, after `default`. */
const NUMBER = 2;
const NAME = "acme";
const CLIENTS = 32;
const WRITERS = DOORS.filter(({ supports }) => supports(methodOf("Upsert")));

/** Usage and recount of one moment: nothing was written to the namespace between two looks. */
async function usageAndRecount(target: Target) {
  return until("a moment without a write", async () => {
    const usage = await readUsage(target, NAME);
    const recount = await recountUsage(data, NUMBER, usage.untilMs);
    const after = await readUsage(target, NAME);
    return after.of("storage_bytes") === usage.of("storage_bytes") && { usage, recount };
  });
}

async function expectExact(target: Target): Promise<number> {
  const { usage, recount } = await usageAndRecount(target);
  const found = {
    vectorCount: usage.of("vector_count"),
    vectorMs: usage.vectorMs,
    storageBytes: usage.of("storage_bytes"),
  };
  expect(found).toEqual(recount);
  return recount.vectorCount;
}

/** Writes, overwrites, deletes and lets expire, until it is told that the server is gone. */
async function writeUntilGone(target: Target, client: number, gone: AbortSignal): Promise<void> {
  const door = WRITERS[client % WRITERS.length]!;
  const left = new Promise((resolve) => gone.addEventListener("abort", resolve));
  const call = async (method: string, request: JsonObject) => {
    // Not every client says that its connection broke, and it is not what this is about.
    const called = door.call(target, methodOf(method), { namespace: NAME, ...request }, { signal: gone });
    await Promise.race([called.catch(() => {}), left]);
  };
  for (let round = 0; !gone.aborted; round++) {
    const ids = Array.from({ length: 5 }, (_, at) => `c${client}-${(round * 3 + at) % 20}`);
    const expiresAt = new Date(Date.now() + (round % 2 === 0 ? 150 : 3_600_000)).toISOString();
    const records = ids.map((id): JsonObject => ({ id, vector: [1, round], ...(round % 3 === 0 && { expiresAt }) }));
    await call("Upsert", { records });
    if (round % 4 === 3) await call("Delete", { ids: ids.slice(2) });
  }
}

describe("after kill -9 in the middle of writes of 32 clients", () => {
  test("records, bytes and vector-seconds equal a recount of what is on the disk, each time", async () => {
    let target = await serve();
    await ask(target, "NamespaceService.CreateNamespace", { name: NAME });
    for (let kills = 0; kills < 3; kills++) {
      const size = await logSize();
      const gone = new AbortController();
      setMaxListeners(0, gone.signal);
      const at = target;
      const clients = Array.from({ length: CLIENTS }, (_, client) => writeUntilGone(at, client, gone.signal));
      await until("enough is written", async () => (await logSize()) > size + 40_000);
      await kill();
      gone.abort();
      await Promise.all(clients);
      target = await serve();
      expect(await expectExact(target)).toBeGreaterThan(10);
    }
    // The time that it was down counts too, and so does what passes now.
    const before = await readUsage(target, NAME);
    await kill();
    target = await serve();
    await expectExact(target);
    const after = await readUsage(target, NAME);
    expect(after.untilMs).toBeGreaterThan(before.untilMs);
  }, 120_000);
});

describe("after kill -9", () => {
  test("a namespace made of a snapshot has used its records since it was made, to the millisecond", async () => {
    let target = await serve();
    await ask(target, "NamespaceService.CreateNamespace", { name: "source" });
    const records = Array.from({ length: 17 }, (_, at) => ({ id: String(at), vector: [1, at] }));
    await ask(target, "Upsert", { namespace: "source", records });
    await ask(target, "CreateSnapshot", { namespace: "source", name: "s" });
    await ask(target, "RestoreSnapshot", { namespace: "source", name: "s", targetNamespace: NAME });
    await kill();
    target = await serve();
    for (let look = 0; look < 2; look++) {
      const { vectorMs, sinceMs, untilMs, of } = await readUsage(target, NAME);
      expect([of("vector_count"), of("writes_total")]).toEqual([17, 0]);
      expect(vectorMs).toBe(17n * BigInt(untilMs - sinceMs));
    }
  });

  test("storage is what the files of the namespace weigh, once they hold all of it", async () => {
    let target = await serve();
    await ask(target, "NamespaceService.CreateNamespace", { name: NAME });
    const records = Array.from({ length: 500 }, (_, at) => ({ id: String(at), vector: [1, at], metadata: { at } }));
    await ask(target, "Upsert", { namespace: NAME, records });
    await ask(target, "Delete", { namespace: NAME, ids: ["3", "5"] });
    server!.signal("SIGTERM");
    expect(await server!.ended()).toBe(0);
    target = await serve();
    await kill();
    target = await serve();
    const folder = join(data, "ns", String(NUMBER));
    const files = (await readdir(folder)).filter((name) => /^(part|deaths|graph)-/.test(name));
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
    expect(files.length).toBeGreaterThan(1);
    const usage = await readUsage(target, NAME);
    expect(usage.of("storage_bytes")).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(usage.of("vector_count")).toBe(498);
  });

  test("requests and bytes are there as of the last time that they were kept", async () => {
    let target = await serve("--usage-save-interval", "200ms");
    await ask(target, "NamespaceService.CreateNamespace", { name: NAME, quotas: { maxBatchSize: 1 } });
    await ask(target, "Upsert", { namespace: NAME, records: [{ id: "a", vector: [1] }] });
    const size = await logSize();
    for (let i = 0; i < 7; i++) await ask(target, "Query", { namespace: NAME, vector: [1] });
    const two = [1, 2].map((n) => ({ id: String(n), vector: [n] }));
    await expect(ask(target, "Upsert", { namespace: NAME, records: two })).rejects.toThrow("BATCH_TOO_LARGE");
    const totals = async (): Promise<JsonObject> => {
      const { of } = await readUsage(target, NAME);
      const names = ["requests_total", "queries_total", "refusals_total", "bytes_in_total", "bytes_out_total"];
      return Object.fromEntries(names.map((name) => [name, of(name)]));
    };
    const before = await totals();
    expect(before).toMatchObject({ requests_total: 9, queries_total: 7, refusals_total: 1 });
    // Two entries: the first may have been on its way before the last of them.
    for (let [entry, seen] = [0, size]; entry < 2; entry++) {
      await ask(target, "Count", { namespace: NAME });
      seen = await until("the counts are kept", async () => {
        const now = await logSize();
        return now > seen && now;
      });
    }
    await kill();
    target = await serve();
    const after = await totals();
    expect(after).toMatchObject({ queries_total: 7, refusals_total: 1 });
    for (const [name, value] of Object.entries(before))
      expect(after[name], name).toBeGreaterThanOrEqual(value as number);
  });
});
