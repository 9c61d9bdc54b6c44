import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VecStoreClient, VecStoreError } from "@vecstore/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pretendTerminal, runForTest } from "../../testing/command.js";
import { startTestServer, stopTestServers } from "../../testing/server.js";
import { fvecsOf } from "../../testing/vector-files.js";
import { summarizeLatencies } from "./latencies.js";
import { runLoad } from "./load.js";
import { primeCache } from "./prime-cache.js";
import { freshVector } from "./query-vectors.js";

const never = new AbortController().signal;

describe("summarizeLatencies", () => {
  it("takes the nearest rank", () => {
    const ms = Array.from({ length: 1_000 }, (_, n) => 1_000 - n);
    expect(summarizeLatencies(ms)).toEqual({
      mean: 500.5,
      p50: 500,
      p90: 900,
      p95: 950,
      p99: 990,
      p999: 999,
      max: 1_000,
    });
    expect(summarizeLatencies([7])).toMatchObject({ p50: 7, p999: 7, max: 7 });
    expect(summarizeLatencies([])).toMatchObject({ mean: 0, max: 0 });
  });
});

describe("runLoad", () => {
  it("keeps as many calls running as it may, and counts failures by reason", async () => {
    let running = 0;
    let most = 0;
    const call = async (number: number) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (number % 10 === 0) throw new VecStoreError({ code: "unavailable", reason: "RATE_LIMITED", message: "" });
    };
    const options = { concurrency: 4, count: 100, durationMs: Number.POSITIVE_INFINITY, signal: never };
    const { latenciesMs, errors } = await runLoad(call, options);
    expect([latenciesMs.length, errors, most]).toEqual([90, { RATE_LIMITED: 10 }, 4]);
  });

  it("begins calls at their rate, and counts the wait of those that were late", async () => {
    // Every call is due at once; one runs at a time, so each waits for those before it.
    const call = () => new Promise<void>((resolve) => setImmediate(resolve));
    const options = { concurrency: 1, perSecond: 1e9, count: 50, durationMs: 60_000, signal: never };
    const { latenciesMs } = await runLoad(call, options);
    expect(latenciesMs).toEqual(latenciesMs.toSorted((a, b) => a - b));
  });

  it("ends when it is told to, and lets errors of ours through", async () => {
    const ended = new AbortController();
    const result = await runLoad(async (number) => (number === 5 ? ended.abort() : undefined), {
      concurrency: 1,
      durationMs: Number.POSITIVE_INFINITY,
      signal: ended.signal,
    });
    expect(result.latenciesMs).toHaveLength(6);
    const broken = runLoad(() => Promise.reject(new TypeError("ours")), {
      concurrency: 1,
      durationMs: 1e9,
      signal: never,
    });
    await expect(broken).rejects.toThrow("ours");
  });
});

describe("primeCache", () => {
  const vectors = [Float32Array.of(1), Float32Array.of(2), Float32Array.of(3)];

  it("asks for the first vector until it is kept, and for all of them twice then", async () => {
    const asked: number[] = [];
    const ask = async (vector: Float32Array) => asked.push(vector[0]!) > 3;
    expect(await primeCache({ ask, vectors, concurrency: 1, signal: never })).toBe(true);
    expect(asked).toEqual([1, 1, 1, 1, 1, 2, 3, 1, 2, 3]);
  });

  it.each([
    ["nothing is kept", async () => false],
    [
      "all is refused",
      () => Promise.reject(new VecStoreError({ code: "unavailable", reason: "RATE_LIMITED", message: "" })),
    ],
  ])("gives up where %s", async (_, ask) => {
    expect(await primeCache({ ask, vectors, concurrency: 1, signal: never, firstHitMs: 1 })).toBe(false);
  });

  it("ends when it is interrupted", async () => {
    const interrupted = new AbortController();
    const ask = async () => {
      interrupted.abort();
      return false;
    };
    await primeCache({ ask, vectors, concurrency: 1, signal: interrupted.signal, firstHitMs: 1e9 });
    expect(interrupted.signal.aborted).toBe(true);
  });
});

describe("freshVector", () => {
  it("never gives the same vector again, and one that is next to the same", () => {
    const vectors = [Float32Array.of(1, -2, 0), Float32Array.of(0.5, 3, 4)];
    const seen = new Set<string>();
    for (let number = 0; number < 500; number++) {
      const vector = freshVector(vectors, number);
      seen.add(vector.join());
      for (const [at, value] of vector.entries()) expect(value).toBeCloseTo(vectors[number % 2]![at]!, 3);
    }
    expect([seen.size, vectors[0]]).toEqual([500, Float32Array.of(1, -2, 0)]);
  });
});

describe("vecstore bench", () => {
  let url: string;
  let client: VecStoreClient;
  let folder: string;
  let restoreTerminal: () => void;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "vecstore-cli-"));
    restoreTerminal = pretendTerminal(false);
    ({ url } = await startTestServer());
    client = new VecStoreClient(url);
  });
  afterEach(async () => {
    client.close();
    restoreTerminal();
    await stopTestServers();
    rmSync(folder, { recursive: true, force: true });
  });

  const records = () => Array.from({ length: 50 }, (_, n) => ({ id: `r${n}`, vector: [Math.cos(n), Math.sin(n)] }));

  it("measures queries of stored records, none from the cache", async () => {
    await client.upsert(records());
    const flags = ["--count", "300", "--concurrency", "3", "--warmup", "5", "--recall-samples", "20"];
    const { status, out, err } = await runForTest("bench", ...flags, "--limit", "3", "--url", url);
    expect([status, err]).toEqual([0, ""]);
    const result = JSON.parse(out);
    expect(result).toMatchObject({
      queries: 300,
      concurrency: 3,
      rate_per_second: null,
      cache_hits: 0,
      failed: 0,
      errors: {},
    });
    expect(result.recall).toEqual({ recall: 1, limit: 3, samples: 20 });
    expect(result.latency_ms.max).toBeGreaterThanOrEqual(result.latency_ms.p50);
  });

  it("measures answers of the cache, also right after a write", async () => {
    await client.upsert(records());
    const flags = ["--cached", "--count", "300", "--warmup", "0", "--recall-samples", "0"];
    const { status, out, err } = await runForTest("bench", ...flags, "--url", url);
    expect([status, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ queries: 300, cache_hits: 300, failed: 0 });
  });

  it("says when the server keeps no answers", async () => {
    await client.createNamespace("n", { metric: "euclidean", cacheAnswers: false });
    await client.namespace("n").upsert(records());
    const flags = ["--cached", "--count", "5", "--recall-samples", "0", "--namespace", "n"];
    const { status, out, err } = await runForTest("bench", ...flags, "--url", url);
    expect([status, err]).toEqual([0, expect.stringContaining("the server kept no answer to measure by --cached")]);
    expect(JSON.parse(out)).toMatchObject({ queries: 5, cache_hits: 0 });
  });

  it("asks for the vectors of a file, and reports for people", async () => {
    await client.upsert(records());
    const path = join(folder, "q.fvecs");
    writeFileSync(path, fvecsOf([Float32Array.of(1, 0), Float32Array.of(0, 1)]));
    const flags = ["--queries", path, "--count", "20", "--rate", "100000", "--cached", "--output", "table"];
    const { status, out } = await runForTest("bench", ...flags, "--url", url);
    expect(status).toBe(0);
    expect(out).toMatch(/^queries +20 in \d/);
    expect(out).toMatch(/\nlatency, ms +mean [\d.]+ {2}p50 .* p99\.9 .* max [\d.]+\n/);
    expect(out).toMatch(/\nfrom the cache +\d+\n/);
    expect(out).toMatch(/\nrecall@10 +1\.0000 of 2 queries\n$/);
  });

  it("counts refusals, and says when there is nothing but them", async () => {
    const none = await runForTest("bench", "--url", url);
    expect([none.status, none.err]).toEqual([1, expect.stringContaining("the namespace has no vectors")]);
    await client.upsert(records());
    const path = join(folder, "q.txt");
    writeFileSync(path, "1 2 3\n");
    const wrong = await runForTest("bench", "--queries", path, "--count", "3", "--url", url);
    expect([wrong.status, wrong.err]).toEqual([1, expect.stringContaining('{"DIMENSION_MISMATCH":3}')]);
  });
});
