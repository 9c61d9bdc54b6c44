import { beforeEach, describe, expect, it } from "vitest";
import { storageLevels, trafficLevels, utilization } from "./levels.js";
import { Traffic } from "./traffic.js";
import { type QuotaWarning, QuotaWarnings } from "./warnings.js";

let nowMs: number;
let given: QuotaWarning[];
let warnings: QuotaWarnings;
beforeEach(() => {
  nowMs = 1_000;
  given = [];
  warnings = new QuotaWarnings(
    () => nowMs,
    (warning) => given.push(warning),
  );
});

const numbers = new Map<string, number>();
const named = (name: string) => {
  const number = numbers.get(name) ?? numbers.size + 1;
  numbers.set(name, number);
  return { name, number };
};

const note = (usage: number, namespace = "a", quota = "max_vectors") =>
  warnings.note(named(namespace), { quota, usage, limit: 100 });

describe("a warning", () => {
  it("comes once as 80 % are used, for each quota of each namespace", () => {
    for (let usage = 0; usage < 80; usage++) note(usage);
    expect(given).toEqual([]);
    for (let usage = 80; usage <= 110; usage++) note(usage);
    expect(given).toEqual([{ namespace: "a", quota: "max_vectors", usage: 80, limit: 100 }]);
    note(95, "b");
    note(95, "a", "max_storage_bytes");
    note(95, "b");
    expect(given.map(({ namespace, quota }) => `${namespace} ${quota}`)).toEqual([
      "a max_vectors",
      "b max_vectors",
      "a max_storage_bytes",
    ]);
  });

  it("comes again only after less than 70 % were used, and a minute later", () => {
    note(80);
    nowMs += 60_000;
    for (const usage of [70, 79, 80, 100]) note(usage);
    expect(given).toHaveLength(1);
    note(69);
    note(80);
    expect(given).toHaveLength(2);
    nowMs += 59_999;
    note(0);
    note(100);
    expect(given).toHaveLength(2);
    nowMs += 1;
    note(0);
    note(100);
    expect(given).toHaveLength(3);
  });

  it("comes of a quota that allows nothing", () => {
    warnings.note(named("a"), { quota: "max_vectors", usage: 0, limit: 0 });
    expect(given).toHaveLength(1);
  });

  it("comes for a namespace that was made again under its name", () => {
    note(90);
    warnings.note({ name: "a", number: 1_000_000 }, { quota: "max_vectors", usage: 90, limit: 100 });
    expect(given.map(({ namespace }) => namespace)).toEqual(["a", "a"]);
  });

  it("is remembered for a bounded number of quotas", () => {
    for (let i = 0; i < 10_001; i++) note(90, `n${i}`);
    note(90, "n1");
    expect(given).toHaveLength(10_001);
    note(90, "n0");
    expect(given).toHaveLength(10_002);
  });
});

describe("the level of a quota", () => {
  it("is told for those that are set, with its share", () => {
    const stored = { vectorCount: 40, storageBytes: 5 };
    expect(storageLevels({}, stored)).toEqual([]);
    const levels = storageLevels({ maxVectors: 50, maxStorageBytes: 0 }, stored);
    expect(levels.map((level) => [level.quota, utilization(level)])).toEqual([
      ["max_vectors", 0.8],
      ["max_storage_bytes", 1],
    ]);
    const live = { currentQps: 1, activeConnections: 3, concurrentQueries: 2 };
    const shares = trafficLevels({ maxQps: 0.1, maxConnections: 4, maxConcurrentQueries: 2 }, live).map(utilization);
    expect(shares).toEqual([1, 0.75, 1]);
  });

  it("is told by traffic as more of it is used, also by what is refused", () => {
    const seen: unknown[] = [];
    const traffic = new Traffic(
      () => nowMs,
      ({ name }, { quota, usage, limit }) => seen.push([name, quota, usage, limit]),
    );
    const connection = { once: () => undefined };
    const a = { ...named("a"), quotas: { maxQps: 2, maxConnections: 3, maxConcurrentQueries: 4 } };
    const b = { ...named("b"), quotas: {} };
    traffic.enter(a, connection);
    traffic.enter(a, connection);
    expect(() => traffic.enter(a, connection)).toThrow("max_qps");
    traffic.beginQuery(a);
    traffic.enter(b, connection);
    traffic.beginQuery(b);
    expect(seen).toEqual([
      ["a", "max_qps", 1, 2],
      ["a", "max_connections", 1, 3],
      ["a", "max_qps", 2, 2],
      ["a", "max_qps", 2, 2],
      ["a", "max_concurrent_queries", 1, 4],
    ]);
  });
});
