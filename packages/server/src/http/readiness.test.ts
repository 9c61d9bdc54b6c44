import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryEnv, NamespacedVecStore } from "@vecstore/engine";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLifecycle, type Lifecycle } from "../lifecycle.js";
import { createProbe, type ReadinessOptions } from "./readiness.js";

let dataDir: string;
let lifecycle: Lifecycle;
let directory: NamespacedVecStore;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "vecstore-ready-"));
  directory = await NamespacedVecStore.open("data", { env: new MemoryEnv(), threads: 0 });
  lifecycle = createLifecycle();
  lifecycle.enter("ready");
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await directory.close();
  await rm(dataDir, { recursive: true });
});

const probeOf = (options: Partial<ReadinessOptions> = {}) =>
  createProbe({ lifecycle, directory: () => directory, dataDir, stopped: () => undefined, ...options });

describe("readiness", () => {
  it("is there when a query runs and the disk takes a file, which does not stay", async () => {
    const query = vi.spyOn(await directory.namespace("default"), "query");
    expect(await probeOf()()).toBeUndefined();
    expect(query).toHaveBeenCalledTimes(1);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it("asks with a unit vector of the dimension there is, and counts as nobody's query", async () => {
    const store = await directory.namespace("default");
    await store.upsert([{ id: "a", vector: [0, 2, 0] }]);
    const query = vi.spyOn(store, "query");
    expect(await probeOf()()).toBeUndefined();
    expect(query.mock.calls[0]![0].vector).toEqual(new Float32Array([1, 0, 0]));
    expect((await directory.namespaceUsage("default")).queriesTotal).toBe(0);
  });

  it.each(["starting", "draining"] as const)("is not there while the server is %s", async (phase) => {
    lifecycle.enter(phase);
    expect(await probeOf()()).toBe(phase);
  });

  it("is not there before the store is open", async () => {
    expect(await probeOf({ directory: () => undefined })()).not.toBeUndefined();
  });

  it("does not hang on whether an admin suspended the namespace that it asks", async () => {
    await directory.updateNamespace("default", { status: "suspended" });
    expect(await probeOf()()).toBeUndefined();
    await directory.updateNamespace("default", { status: "read_only" });
    expect(await probeOf()()).toBeUndefined();
  });

  it("is not there when a query fails", async () => {
    vi.spyOn(await directory.namespace("default"), "query").mockRejectedValue(new Error("no core"));
    expect(await probeOf()()).toBe("a query failed: no core");
  });

  it("is not there when the disk takes no file", async () => {
    expect(await probeOf({ dataDir: join(dataDir, "missing") })()).toBe("the disk takes no writes: ENOENT");
  });

  it("is not there once the store stopped", async () => {
    let why: string | undefined;
    const probe = probeOf({ stopped: () => why });
    expect(await probe()).toBeUndefined();
    why = "the store stopped";
    expect(await probe()).toBe("the store stopped");
  });

  it("asks once for probes that come together, and once a second", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const query = vi.spyOn(await directory.namespace("default"), "query");
    const probe = probeOf();
    await Promise.all([probe(), probe()]);
    await probe();
    expect(query).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1_001);
    await probe();
    expect(query).toHaveBeenCalledTimes(2);
  });

  it("is not there while what it asks does not answer, and asks it no second time meanwhile", async () => {
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
    let answer: (value: never) => void = () => {};
    const store = await directory.namespace("default");
    const query = vi.spyOn(store, "query").mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    const probe = probeOf({ timeoutMs: 3_000 });
    const first = probe();
    vi.advanceTimersByTime(3_000);
    expect(await first).toMatch(/did not answer within 3000 ms/);
    expect(await probe()).toMatch(/did not answer/);
    expect(query).toHaveBeenCalledTimes(1);
    query.mockRestore();
    answer(undefined as never);
    await vi.waitFor(async () => expect(await probe()).toBeUndefined());
  });
});
