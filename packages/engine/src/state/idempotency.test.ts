import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { WriteMode } from "../gen/vecstore/storage/v1/log.js";
import { LIMITS } from "../limits.js";
import { IdempotencyTable } from "./idempotency.js";
import { applied, rejected } from "./outcome.js";
import { apply, brief, createState, logicalState, target, upsert } from "./state-fixture.cases.js";

const DAY_MS = LIMITS.idempotencyAgeMsMax;

describe("the table of outcomes", () => {
  let table: IdempotencyTable;
  beforeEach(() => {
    table = new IdempotencyTable();
  });

  it("gives back the outcome of a known key", () => {
    const outcome = applied(7, 3, 2);
    table.record("k", 1n, 1_000, 7, outcome);
    expect(table.find("k", 1n, 2_000)).toBe(outcome);
    expect(table.find("l", 1n, 2_000)).toBeUndefined();
  });

  it("rejects a known key with another request, and keeps the first outcome", () => {
    table.record("k", 1n, 1_000, 7, applied(7, 3));
    expect(table.find("k", 2n, 1_000)).toMatchObject({
      kind: "rejected",
      reason: "IDEMPOTENCY_KEY_REUSED",
      details: { key: "k" },
    });
    expect(table.find("k", 1n, 1_000)).toMatchObject({ kind: "applied", sequence: 7 });
  });

  it("forgets a key after a day of log time", () => {
    table.record("k", 1n, 1_000, 7, applied(7, 3));
    expect(table.find("k", 1n, 1_000 + DAY_MS - 1)).toBeDefined();
    expect(table.find("k", 1n, 1_000 + DAY_MS)).toBeUndefined();
    expect(table.size).toBe(0);
  });

  it("keeps 10,000 keys and forgets the oldest first", () => {
    const most = LIMITS.idempotencyEntriesMax;
    for (let i = 0; i < most; i++) table.record(`k${i}`, 1n, 1_000, i + 1, applied(i + 1, 1));
    expect([table.size, table.find("k0", 1n, 1_000)?.kind]).toEqual([most, "applied"]);
    table.record("one more", 1n, 1_000, most + 1, applied(most + 1, 1));
    expect([table.size, table.find("k0", 1n, 1_000), table.find("k1", 1n, 1_000)?.kind]).toEqual([
      most,
      undefined,
      "applied",
    ]);
  });

  it("comes back from a checkpoint, rejections and order too", () => {
    table.record("b", 1n, 1_000, 1, applied(1, 3, 2));
    table.record("a", (1n << 63n) + 5n, 1_001, 2, rejected("RECORD_EXISTS", "it exists", { id: "é" }));
    const stored = table.toManifest();
    const again = IdempotencyTable.fromManifest(stored);
    expect(again.toManifest()).toEqual(stored);
    expect(again.find("b", 1n, 1_001)).toEqual(applied(1, 3, 2));
    expect(again.find("a", (1n << 63n) + 5n, 1_001)).toEqual(rejected("RECORD_EXISTS", "it exists", { id: "é" }));
  });

  it("reads a rejection of a later version as one of ours", () => {
    table.record("a", 1n, 1_000, 2, rejected("RECORD_EXISTS", "it exists"));
    const [entry] = table.toManifest();
    const again = IdempotencyTable.fromManifest([{ ...entry!, rejectedReason: "toString" }]);
    expect(again.find("a", 1n, 1_000)).toMatchObject({ kind: "rejected", reason: "INTERNAL" });
  });
});

describe("an upsert with a key", () => {
  let core: Core;
  beforeAll(async () => {
    core = await loadCore({ threads: 0 });
  });
  afterAll(() => core.close());

  const first = () => upsert([{ id: "a", vector: [1, 1] }], { key: "k", fingerprint: 1 });

  it("is applied once: a replay returns the first outcome and changes nothing", () => {
    const state = createState(core);
    expect(brief(apply(state, first()))).toBe("ok 1 1 @1");
    apply(state, upsert([{ id: "a", vector: [2, 2] }]));
    const before = logicalState(state);
    expect(brief(apply(state, first()))).toBe("ok 1 1 @1");
    expect(logicalState(state)).toEqual({ ...before, sequence: 3 });
    expect(brief(apply(state, upsert([{ id: "b" }], { key: "k", fingerprint: 2 })))).toBe("IDEMPOTENCY_KEY_REUSED");
    expect(logicalState(state)).toEqual({ ...before, sequence: 4 });
    state.release();
  });

  it("replays a rejection too, although the write would succeed now", () => {
    const state = createState(core);
    apply(state, upsert([{ id: "a" }]));
    const insert = () => upsert([{ id: "a" }], { mode: WriteMode.INSERT_ONLY, key: "k", fingerprint: 1 });
    expect(brief(apply(state, insert()))).toBe("RECORD_EXISTS");
    apply(state, target("delete", ["a"]));
    expect(brief(apply(state, insert()))).toBe("RECORD_EXISTS");
    expect(state.liveCount).toBe(0);
    state.release();
  });

  it("is applied again once its key is forgotten", () => {
    const state = createState(core);
    apply(state, first(), 1_000);
    expect(brief(apply(state, first(), 1_000 + DAY_MS - 1))).toBe("ok 1 1 @1");
    expect(brief(apply(state, first(), 1_000 + DAY_MS))).toBe("ok 1 0 @3");
    expect(brief(apply(state, first(), 1_000 + DAY_MS))).toBe("ok 1 0 @3");
    state.release();
  });

  it("does not lose its key to a clock that went back", () => {
    const state = createState(core);
    apply(state, first(), 1_000 + DAY_MS);
    expect(brief(apply(state, first(), 0))).toBe("ok 1 1 @1");
    state.release();
  });
});
