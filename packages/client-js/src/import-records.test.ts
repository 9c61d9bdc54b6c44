import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type ImportFailure,
  type ImportProgress,
  type Interruption,
  type RecordInput,
  VecStoreClient,
  VecStoreError,
} from "./index.js";
import { FakeServer } from "./testing/fake-server.js";
import { refusal } from "./testing/fake-store.js";
import { ManualClock } from "./testing/manual-clock.js";

const record = (n: number): RecordInput => ({ id: `r${n}`, vector: [n, 1] });

/** An HTTP/2 server; both protocols of HTTP/1.1 must find their way to it. */
describe.each(["grpc", "connect", "grpc-web"] as const)("import of a client for %s", (protocol) => {
  let server: FakeServer;
  let client: VecStoreClient;

  beforeAll(async () => {
    server = await FakeServer.start("http2");
    client = new VecStoreClient(server.url, { protocol, clock: new ManualClock() });
  });
  afterAll(async () => {
    client.close();
    await server.close();
  });
  beforeEach(() => {
    server.requests.length = 0;
    server.store.records.clear();
  });

  it("goes on behind the last answer when the connection breaks off, and sends nothing of it twice", async () => {
    const progress: number[] = [];
    const onProgress = ({ rows }: ImportProgress) => {
      progress.push(rows);
      if (server.methods.length < 3 && progress.length % 3 === 0) server.cut();
    };
    const all = Array.from({ length: 2_000 }, (_, n) => record(n));
    const told: Interruption[] = [];
    const onInterruption = (each: Interruption) => void told.push(each);
    const last = await client.import(all, { batchSize: 2, onProgress, onInterruption });
    expect(told.map(({ state, attempts }) => [state, attempts])).toEqual([
      ["waiting", 1],
      ["over", 1],
      ["waiting", 1],
      ["over", 1],
    ]);
    expect(new Set(told.map(({ error }) => error.reason))).toEqual(new Set(["CONNECTION_LOST"]));
    expect(last).toMatchObject({ rows: 2_000, imported: 2_000, failed: 0 });
    expect([...server.store.records.get("")!.keys()]).toEqual(all.map(({ id }) => id));
    expect(server.methods).toEqual(["Import", "Import", "Import"]);
    // What was answered is not sent again: each stream begins with the token of the last answer.
    expect(progress.slice(0, 3)).toEqual([0, 2, 4]);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
  });

  it("loses its patience where nothing gets done, although the server answers each beginning", async () => {
    server.store.failBatches = refusal("DRAINING", Code.Unavailable, "later");
    const told: Interruption["state"][] = [];
    const onInterruption = ({ state }: Interruption) => void told.push(state);
    const importing = client.import([record(0)], { patienceMs: 10_000, onInterruption });
    await expect(importing).rejects.toMatchObject({ reason: "DRAINING" });
    server.store.failBatches = undefined;
    expect(new Set(told)).toEqual(new Set(["waiting"]));
    expect(server.methods).toHaveLength(told.length + 1);
  });

  it("waits anew for each time that the server is away while the source has nothing to send", async () => {
    const waits: number[] = [];
    const onInterruption = ({ state, attempts }: Interruption) => {
      if (state === "waiting") waits.push(attempts);
    };
    let begun = 0;
    let give: () => void = () => {};
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    const source = async function* () {
      await given;
      yield record(0);
    };
    const onProgress = ({ rows }: ImportProgress) => {
      if (rows === 0 && ++begun < 4) server.cut();
      else give();
    };
    await client.import(source(), { onProgress, onInterruption });
    expect([begun, waits]).toEqual([4, [1, 1, 1]]);
  });

  it("is not begun again when there is no patience, nor for what its own source throws", async () => {
    server.faults.push(refusal("DRAINING", Code.Unavailable, "later"));
    await expect(client.import([record(0)], { patienceMs: 0 })).rejects.toMatchObject({ reason: "DRAINING" });
    const broken = new VecStoreError({ code: "unavailable", reason: "CONNECTION_LOST", message: "another server" });
    const source = async function* () {
      yield record(0);
      throw broken;
    };
    await expect(client.import(source(), { batchSize: 1 })).rejects.toBe(broken);
    const onProgress = () => {
      throw broken;
    };
    await expect(client.import([record(0)], { onProgress })).rejects.toBe(broken);
    expect(server.methods).toEqual(["Import", "Import", "Import"]);
  });

  it("throws the server's error, and is not repeated", async () => {
    server.faults.push(refusal("NAMESPACE_READ_ONLY", Code.FailedPrecondition, "no"));
    await expect(client.import([record(0)])).rejects.toMatchObject({ reason: "NAMESPACE_READ_ONLY" });
    expect(server.methods).toEqual(["Import"]);
  });

  it("sends batches, and reports each with a token, the beginning first", async () => {
    const progress: ImportProgress[] = [];
    const all = Array.from({ length: 5 }, (_, n) => record(n));
    const last = await client.import(all, { batchSize: 2, onProgress: (each) => progress.push(each) });
    expect(progress.map(({ rows, resumeToken }) => [rows, resumeToken])).toEqual([
      [0, "0"],
      [2, "2"],
      [4, "4"],
      [5, "5"],
    ]);
    expect(last).toEqual(progress.at(-1));
    expect(last).toMatchObject({ imported: 5, failed: 0 });
    expect([...server.store.records.get("")!.keys()]).toEqual(["r0", "r1", "r2", "r3", "r4"]);
    expect(server.requests[0]?.header.has("grpc-timeout")).toBe(false);
  });

  it("names the bad records, and goes on by a token", async () => {
    const failures: ImportFailure[] = [];
    const records = [record(0), { ...record(1), id: "" }, record(2)];
    const options = { resumeToken: "40", onFailure: (each: ImportFailure) => failures.push(each) };
    const { rows, failed } = await client.namespace("n").import(records, options);
    expect([rows, failed]).toEqual([43, 1]);
    expect(failures).toEqual([{ row: 42, id: "", reason: "INVALID_ID", message: "no id" }]);
  });

  it("takes no records", async () => {
    expect(await client.import([])).toMatchObject({ rows: 0, imported: 0, resumeToken: "0" });
  });

  it("throws what the source throws, and what a record cannot be", async () => {
    const broken = new Error("the source broke");
    const source = async function* () {
      yield record(0);
      throw broken;
    };
    await expect(client.import(source())).rejects.toBe(broken);
    await expect(client.import([{ id: "\ud800", vector: [1] }])).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await expect(client.import([], { batchSize: 0 })).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
  });

  it("ends with the signal", async () => {
    const controller = new AbortController();
    const endless = async function* () {
      for (let n = 0; ; n++) yield record(n);
    };
    const options = { signal: controller.signal, batchSize: 1, onProgress: () => controller.abort() };
    await expect(client.import(endless(), options)).rejects.toMatchObject({ reason: "CANCELED" });
  });
});

describe("import over fetch", () => {
  it("says that it cannot, and what can", async () => {
    const client = new VecStoreClient("http://127.0.0.1:1", { fetch: globalThis.fetch });
    await expect(client.import([record(0)])).rejects.toMatchObject({
      code: "unimplemented",
      reason: "NOT_IMPLEMENTED",
      message: expect.stringContaining("upsertAll"),
    });
  });
});
