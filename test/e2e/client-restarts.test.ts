import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientOptions, type NamespaceHandle, type RecordInput, VecStoreClient } from "@vecstore/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VecstoreProcess } from "./harness/process.js";

const COUNT = 6_000;
const BATCH = 100;
/** Reports of progress after which the server is killed, counted from its start. */
const KILLED_AFTER = [2, 9, 5];
const DEADLINE_MS = 120_000;

/** A server that is killed, and started again on the same port. */
class RestartedServer {
  readonly #data: string;
  #process: VecstoreProcess | undefined;
  #address = "127.0.0.1:0";
  #kills = [...KILLED_AFTER];
  #reports = 0;
  restarted: Promise<void> = Promise.resolve();

  constructor(data: string) {
    this.#data = data;
  }

  get address(): string {
    return this.#address;
  }

  async start(): Promise<void> {
    this.#process = VecstoreProcess.run(["serve", "--listen", this.#address, "--data", this.#data]);
    this.#address = new URL(await this.#process.url()).host;
  }

  /** To be told of each progress. */
  readonly report = (): void => {
    if (++this.#reports !== this.#kills[0]) return;
    this.#kills.shift();
    this.#reports = 0;
    // One after the other: a server that is just starting would be killed under the feet of who waits for it.
    this.restarted = this.restarted.then(() => this.restart());
  };

  get killsLeft(): number {
    return this.#kills.length;
  }

  async restart(): Promise<void> {
    await this.#process?.kill();
    await this.start();
  }

  async close(): Promise<void> {
    await this.restarted;
    await this.#process?.kill();
  }
}

const recordOf = (n: number): RecordInput<{ n: number }> => ({
  id: `r${n}`,
  vector: [n, 1, Math.sin(n)],
  metadata: { n },
});

function* records(): Generator<RecordInput<{ n: number }>> {
  for (let n = 0; n < COUNT; n++) yield recordOf(n);
}

let data: string;
let server: RestartedServer;
let client: VecStoreClient | undefined;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-restarts-"));
  server = new RestartedServer(data);
  await server.start();
});
afterEach(async () => {
  client?.close();
  await server.close();
  await rm(data, { recursive: true, force: true });
});

async function open(options: ClientOptions): Promise<NamespaceHandle<{ n: number }>> {
  client = new VecStoreClient(server.address, options);
  await client.createNamespace("n", { metric: "euclidean" });
  return client.namespace<{ n: number }>("n");
}

/** Every record is there, as it was sent; and by its version it was written in one batch with its neighbors, once. */
async function expectAll(handle: NamespaceHandle<{ n: number }>): Promise<void> {
  const versions = new Map<number, number>();
  let count = 0;
  for await (const { id, vector, metadata, version } of handle.export()) {
    const { n } = metadata!;
    expect({ id, vector, metadata }).toEqual({ ...recordOf(n), vector: new Float32Array([n, 1, Math.sin(n)]) });
    versions.set(version, (versions.get(version) ?? 0) + 1);
    count++;
  }
  expect(count).toBe(COUNT);
  expect([...versions.values()]).toEqual(Array(COUNT / BATCH).fill(BATCH));
}

describe("a server that is killed and started again in the middle of", () => {
  it.each(["connect", "grpc"] as const)(
    "upsertAll over %s loses nothing, and nothing is written twice",
    async (protocol) => {
      const handle = await open({ protocol });
      // A batch that was written a second time would be refused.
      const options = { mode: "insert_only", batchSize: BATCH, onProgress: server.report } as const;
      const last = await handle.upsertAll(records(), options);
      expect(server.killsLeft).toBe(0);
      expect(last).toMatchObject({ upserted: COUNT, inserted: COUNT, committed: COUNT });
      await server.restarted;
      await expectAll(handle);
    },
    DEADLINE_MS,
  );

  it.each(["connect", "grpc"] as const)(
    "an import of a client for %s loses nothing, and nothing counts twice",
    async (protocol) => {
      const handle = await open({ protocol });
      const options = { mode: "insert_only", batchSize: BATCH, onProgress: server.report } as const;
      const last = await handle.import(records(), options);
      expect(server.killsLeft).toBe(0);
      expect(last).toMatchObject({ rows: COUNT, imported: COUNT, failed: 0 });
      await server.restarted;
      await expectAll(handle);
    },
    DEADLINE_MS,
  );

  it.each(["connect", "grpc-web", "grpc"] as const)(
    "single calls over %s is reached again by the same client",
    async (protocol) => {
      const handle = await open({ protocol, retries: { attempts: 1_000, backoffMsMax: 100 }, timeoutMs: 60_000 });
      await handle.upsert([recordOf(1)]);
      const restarting = server.restart();
      expect(await handle.count()).toBe(1);
      await restarting;
      expect(await handle.query([1, 1, 1])).toMatchObject([{ id: "r1", metadata: { n: 1 } }]);
    },
    DEADLINE_MS,
  );
});
