import { describe, expect, it } from "vitest";
import type { LogEntry, NamespaceSettings } from "../gen/vecstore/storage/v1/log.js";
import { Catalog, settingsOf } from "./catalog.js";
import { EMPTY_SUMMARY, type NamespaceSummary } from "./namespace-summary.js";

const DEFAULTS: NamespaceSettings = {
  dimension: 0,
  metric: "cosine",
  m: 16,
  efConstruction: 200,
  efSearch: 0,
  quantization: "",
  textAnalyzer: "",
};

const SUMMARY: NamespaceSummary = {
  sequence: 9,
  incarnation: 2,
  timeMs: 7_000,
  writesTotal: 8,
  liveCount: 345,
  softCount: 4,
  nextExpiryMs: 9_000,
  writtenAtMs: 8_000,
  bothHold: true,
  memoryBytes: 1_234,
  vectorMs: 2n ** 60n + 1n,
  countedAtMs: 6_000,
  segments: [
    {
      number: 3,
      slots: 400,
      live: 345,
      dead: 51,
      indexed: 390,
      hasGraph: true,
      dimension: 12,
      parts: 2,
      diskBytes: 5_678,
    },
  ],
};

function create(name: string, settings = DEFAULTS): LogEntry["operation"] {
  return { $case: "createNamespace", value: { name, settings, description: "d", labels: { team: "x" } } };
}

function apply(catalog: Catalog, operation: LogEntry["operation"], timeMs = 1_000) {
  return catalog.apply({ timeMs: BigInt(timeMs), operation }, catalog.sequence + 1);
}

describe("the catalog", () => {
  it("gives each new namespace a number that none had before", () => {
    const catalog = new Catalog();
    apply(catalog, create("b"), 1_000);
    apply(
      catalog,
      create("a", { ...DEFAULTS, metric: "dot", efSearch: 99, quantization: "none", textAnalyzer: "english" }),
      2_000,
    );
    expect(catalog.byName("a")).toMatchObject({
      number: 2,
      status: "active",
      config: {
        metric: "dot",
        m: 16,
        efConstruction: 200,
        efSearch: 99,
        quantization: "none",
        textAnalyzer: "english",
      },
      description: "d",
      labels: { team: "x" },
      createdAtMs: 2_000,
      updatedAtMs: 2_000,
    });
    expect(catalog.byNumber(1)?.config).toEqual({
      dimension: undefined,
      metric: "cosine",
      m: 16,
      efConstruction: 200,
      efSearch: undefined,
      quantization: "int8",
      textAnalyzer: "standard",
    });
    expect(catalog.sorted().map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("rejects a name that is taken, and spends no number on it", () => {
    const catalog = new Catalog();
    apply(catalog, create("a"));
    expect(apply(catalog, create("a"))).toMatchObject({ kind: "rejected", reason: "NAMESPACE_EXISTS" });
    expect([catalog.sequence, catalog.nextNumber]).toEqual([2, 2]);
  });

  it("updates status, description and labels, and nothing of what is not there", () => {
    const catalog = new Catalog();
    apply(catalog, create("a"), 1_000);
    const value = { number: 1, status: "read_only", description: "new", labels: {} };
    apply(catalog, { $case: "updateNamespace", value }, 3_000);
    expect(catalog.byName("a")).toMatchObject({
      status: "read_only",
      description: "new",
      createdAtMs: 1_000,
      updatedAtMs: 3_000,
    });
    expect(apply(catalog, { $case: "updateNamespace", value: { ...value, number: 9 } })).toMatchObject({
      reason: "NAMESPACE_NOT_FOUND",
    });
  });

  it("rejects an operation that is not its own, and counts it", () => {
    const catalog = new Catalog();
    const strange: LogEntry["operation"] = { $case: "delete", value: { targets: [], all: true } };
    expect(apply(catalog, strange)).toMatchObject({ kind: "rejected", reason: "INTERNAL" });
    expect(catalog.sequence).toBe(1);
  });

  it("removes a namespace that is being deleted, and no other; its name is free, its number is not", () => {
    const catalog = new Catalog();
    apply(catalog, create("a"));
    const remove = { $case: "deleteNamespace", value: { number: 1 } } as const;
    expect(apply(catalog, remove)).toMatchObject({ kind: "rejected", reason: "INTERNAL" });
    const pending = { number: 1, status: "pending_deletion", description: "", labels: {} };
    apply(catalog, { $case: "updateNamespace", value: pending });
    expect(apply(catalog, create("a"))).toMatchObject({ reason: "NAMESPACE_EXISTS" });
    const back = { $case: "updateNamespace", value: { ...pending, status: "active" } } as const;
    expect(apply(catalog, back)).toMatchObject({ kind: "rejected", reason: "NAMESPACE_NOT_FOUND" });
    expect(apply(catalog, remove)).toMatchObject({ kind: "applied" });
    expect(apply(catalog, remove)).toMatchObject({ kind: "rejected", reason: "NAMESPACE_NOT_FOUND" });
    expect([catalog.byName("a"), catalog.byNumber(1), catalog.sequence]).toEqual([undefined, undefined, 7]);
    apply(catalog, create("a"));
    const again = Catalog.fromManifest(catalog.toManifest(5));
    expect([again.byName("a")?.number, again.nextNumber]).toEqual([2, 3]);
  });

  it("gives a checkpoint that was taken earlier the later counts, and no later entry", () => {
    const catalog = new Catalog();
    apply(catalog, create("a"));
    const taken = catalog.toManifest(77);
    apply(catalog, create("b"));
    apply(catalog, {
      $case: "updateNamespace",
      value: { number: 1, status: "read_only", description: "", labels: {} },
    });
    catalog.noteCheckpoint(1, 12, SUMMARY);
    const again = Catalog.fromManifest(catalog.withCounts(taken));
    expect([again.sequence, again.nextNumber, again.byName("b")]).toEqual([1, 2, undefined]);
    expect(again.byName("a")).toMatchObject({
      status: "active",
      vectorCount: 345,
      summary: SUMMARY,
      config: { dimension: 12 },
    });
  });

  it("has the dimension of the newest checkpoint: none after a restore of a time without vectors", () => {
    const catalog = new Catalog();
    apply(catalog, create("a"));
    const dimensionAfter = (dimension: number | undefined) => {
      catalog.noteCheckpoint(1, dimension, SUMMARY);
      return catalog.byName("a")?.config.dimension;
    };
    expect([12, undefined, 0, undefined].map(dimensionAfter)).toEqual([12, 12, undefined, undefined]);
  });

  it("takes the larger of two counts of requests, whichever comes last, and passes over namespaces that are gone", () => {
    const catalog = new Catalog();
    apply(catalog, create("a"));
    const counts = { requests: 30, queries: 4, refusals: 0, bytesIn: 2 ** 40, bytesOut: 1 };
    catalog.noteRequests(1, counts);
    const stored = { number: 1, requests: 20n, queries: 5n, refusals: 1n, bytesIn: 7n, bytesOut: 2n };
    const value = { namespaces: [stored, { ...stored, number: 9 }] };
    expect(apply(catalog, { $case: "countRequests", value })).toMatchObject({ kind: "applied" });
    const later = { requests: 30, queries: 5, refusals: 1, bytesIn: 2 ** 40, bytesOut: 2 };
    expect(catalog.byName("a")?.counts).toEqual(later);
    const taken = catalog.toManifest(77);
    catalog.noteRequests(1, { ...later, requests: 31 });
    expect(Catalog.fromManifest(catalog.withCounts(taken)).byName("a")?.counts).toEqual({ ...later, requests: 31 });
  });

  it("comes back from its checkpoint, and goes on with the next number", () => {
    const catalog = new Catalog();
    apply(catalog, create("a", { ...DEFAULTS, metric: "euclidean", m: 32, quantization: "none" }), 5_000);
    apply(catalog, create("é.not-checked-here"), 4_000);
    catalog.noteCheckpoint(1, 12, SUMMARY);
    catalog.noteCheckpoint(2, 0, EMPTY_SUMMARY);
    catalog.noteCheckpoint(9, 1, SUMMARY);
    const again = Catalog.fromManifest(catalog.toManifest(77));
    expect(again.sorted()).toEqual(catalog.sorted());
    expect([again.sequence, again.timeMs, again.nextNumber]).toEqual([2, 5_000, 3]);
    expect(again.byName("a")).toMatchObject({ vectorCount: 345, config: { dimension: 12 } });
    expect(catalog.toManifest(77).logPosition).toBe(77n);
    const settings = { ...DEFAULTS, dimension: 12, metric: "euclidean", m: 32, quantization: "none" };
    expect(settingsOf(again.byName("a")!.config)).toEqual({ ...settings, textAnalyzer: "standard" });
  });
});
