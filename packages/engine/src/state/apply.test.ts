import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { WriteMode } from "../gen/vecstore/storage/v1/log.js";
import { applyEntry, liveVersion } from "./apply.js";
import type { NamespaceState } from "./namespace-state.js";
import {
  apply,
  brief,
  createState,
  logicalState,
  type RecordSketch,
  stored,
  target,
  upsert,
} from "./state-fixture.cases.js";

const { UPSERT, INSERT_ONLY, UPDATE_ONLY } = WriteMode;
let core: Core;
let state: NamespaceState;
const run = (operation: Parameters<typeof apply>[1], timeMs?: number) => brief(apply(state, operation, timeMs));

beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());
beforeEach(() => {
  state = createState(core);
});
afterEach(() => state.release());

/** The state's records, and the counts that must agree with them. */
function snapshot() {
  return structuredClone(logicalState(state));
}

describe("an upsert", () => {
  it("writes new records and replaces old ones, all with the sequence of the entry as version", () => {
    expect(run(upsert([{ id: "a" }, { id: "b", metadata: { n: 1 }, text: "t" }]))).toBe("ok 2 2 @1");
    expect(run(upsert([{ id: "b", vector: [3, 4] }, { id: "c" }]))).toBe("ok 2 1 @2");
    expect(snapshot()).toMatchObject({
      dimension: 2,
      liveCount: 3,
      records: {
        a: { version: 1, vector: [1, 2] },
        b: { version: 2, vector: [3, 4], metadata: undefined, text: undefined },
        c: { version: 2 },
      },
    });
    expect(state.deadCount).toBe(1);
  });

  it("puts records without a vector in segments of their own, and moves an id between the two kinds", () => {
    expect(run(upsert([{ id: "a", vector: [], text: "t" }]))).toBe("ok 1 1 @1");
    expect(state.dimension).toBe(0);
    const batch = [{ id: "b", vector: [], sparse: 4 }, { id: "c" }, { id: "a", sparse: 5 }];
    expect(run(upsert(batch))).toBe("ok 3 2 @2");
    expect(state.segments.map(({ dimension, count }) => [dimension, count])).toEqual([
      [0, 2],
      [2, 2],
    ]);
    const sparse = (index: number) => ({ indices: Uint32Array.of(index), values: Float32Array.of(0.5) });
    expect(snapshot()).toMatchObject({
      dimension: 2,
      records: {
        a: { version: 2, vector: [1, 2], text: undefined, sparse: sparse(5) },
        b: { version: 2, vector: [], sparse: sparse(4) },
        c: { version: 2, vector: [1, 2], sparse: undefined },
      },
    });
    expect(run(upsert([{ id: "c", vector: [], text: "now a text" }]))).toBe("ok 1 0 @3");
    expect([liveVersion(state, "a", 0), liveVersion(state, "c", 0), state.liveCount]).toEqual([2, 3, 3]);
    run(target("softDelete", ["b", "c"]));
    expect(run(target("restore", ["b", "c"]))).toBe("ok 2 0 @5");
    expect(snapshot()).toMatchObject({ records: { b: { version: 5, sparse: sparse(4) }, c: { version: 5 } } });
    expect(state.segments).toHaveLength(2);
  });

  it("tells an empty text from none", () => {
    run(upsert([{ id: "a", text: "" }, { id: "b" }]));
    expect(snapshot()).toMatchObject({ records: { a: { text: "" }, b: { text: undefined } } });
  });

  it("replaces a soft-deleted record for good, and counts it as inserted", () => {
    run(upsert([{ id: "a" }]));
    run(target("softDelete", ["a"]));
    expect(run(upsert([{ id: "a", vector: [5, 6] }]))).toBe("ok 1 1 @3");
    expect([state.liveCount, state.softCount, state.deadCount]).toEqual([1, 0, 1]);
    expect(run(target("restore", ["a"]))).toBe("ok 0 0 @4");
    expect(snapshot()).toMatchObject({ records: { a: { version: 3, vector: [5, 6] } } });
  });

  it("rejects an entry that this version does not know, and goes on", () => {
    expect(run(undefined)).toBe("INTERNAL");
    expect(run(upsert([{ id: "a" }]))).toBe("ok 1 1 @2");
  });

  it("does not apply an entry twice or out of order", () => {
    run(upsert([{ id: "a" }]));
    const entry = { timeMs: 0n, operation: upsert([{ id: "b" }]) };
    expect(() => applyEntry(state, entry, 1)).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
    expect(brief(applyEntry(state, entry, 5))).toBe("ok 1 1 @5");
  });
});

describe("a rejected upsert changes nothing but the sequence and the time", () => {
  const cases: [name: string, records: RecordSketch[], mode: WriteMode, reason: string][] = [
    ["a wrong dimension", [{ id: "x", vector: [1, 2, 3] }], UPSERT, "DIMENSION_MISMATCH"],
    ["a wrong dimension of the last record", [{ id: "x" }, { id: "y", vector: [1] }], UPSERT, "DIMENSION_MISMATCH"],
    ["a zero vector", [{ id: "x" }, { id: "y", vector: [0, -0] }], UPSERT, "ZERO_VECTOR"],
    ["INSERT_ONLY of what exists", [{ id: "x" }, { id: "live" }], INSERT_ONLY, "RECORD_EXISTS"],
    ["UPDATE_ONLY of what does not", [{ id: "live" }, { id: "x" }], UPDATE_ONLY, "RECORD_NOT_FOUND"],
    ["UPDATE_ONLY of what was deleted", [{ id: "gone" }], UPDATE_ONLY, "RECORD_NOT_FOUND"],
    ["UPDATE_ONLY of what is hidden", [{ id: "hidden" }], UPDATE_ONLY, "RECORD_NOT_FOUND"],
    ["if_version 0 of what exists", [{ id: "live", ifVersion: 0 }], UPSERT, "VERSION_CONFLICT"],
    ["an older if_version", [{ id: "live", ifVersion: 1 }], UPSERT, "VERSION_CONFLICT"],
    ["a later if_version", [{ id: "live", ifVersion: 99 }], UPSERT, "VERSION_CONFLICT"],
    ["if_version of what is absent", [{ id: "x", ifVersion: 1 }], UPSERT, "VERSION_CONFLICT"],
    ["if_version of what was deleted", [{ id: "gone", ifVersion: 1 }], UPSERT, "VERSION_CONFLICT"],
    ["if_version of what is hidden", [{ id: "hidden", ifVersion: 1 }], UPSERT, "VERSION_CONFLICT"],
    ["one conflict among many records", [{ id: "x" }, { id: "live", ifVersion: 7 }], UPSERT, "VERSION_CONFLICT"],
    ["if_version in UPDATE_ONLY", [{ id: "live", ifVersion: 1 }], UPDATE_ONLY, "VERSION_CONFLICT"],
  ];
  for (const [name, records, mode, reason] of cases) {
    it(`${name}: ${reason}`, () => {
      run(upsert([{ id: "live" }, { id: "gone" }, { id: "hidden" }]));
      run(upsert([{ id: "live", vector: [7, 8], metadata: { n: 1 }, text: "t" }]));
      run(target("delete", ["gone"]));
      run(target("softDelete", ["hidden"]));
      const before = snapshot();
      const dead = state.deadCount;
      const [segments, slots] = [state.segments.length, state.segments[0]!.count];
      expect(run(upsert(records, { mode }), 2_000)).toBe(reason);
      expect(snapshot()).toEqual({ ...before, sequence: 5, timeMs: 2_000 });
      expect([state.deadCount, state.segments.length, state.segments[0]!.count]).toEqual([dead, segments, slots]);
    });
  }

  it("and does not fix the dimension", () => {
    expect(run(upsert([{ id: "a", vector: [1, 2, 3] }, { id: "b" }]))).toBe("DIMENSION_MISMATCH");
    expect(run(upsert([{ id: "a", vector: [1, 2, 3], ifVersion: 4 }]))).toBe("VERSION_CONFLICT");
    expect(run(upsert([{ id: "a", vector: [0, 0, 0] }]))).toBe("ZERO_VECTOR");
    expect([state.dimension, state.segments.length]).toEqual([0, 0]);
    expect(run(upsert([{ id: "a" }]))).toBe("ok 1 1 @4");
    expect(state.dimension).toBe(2);
  });
});

describe("what a write may require", () => {
  const cases: [name: string, record: RecordSketch, mode: WriteMode, outcome: string][] = [
    ["if_version 0 of a new id", { id: "x", ifVersion: 0 }, UPSERT, "ok 1 1 @5"],
    ["if_version 0 of a deleted id", { id: "gone", ifVersion: 0 }, UPSERT, "ok 1 1 @5"],
    ["if_version 0 of a hidden id", { id: "hidden", ifVersion: 0 }, UPSERT, "ok 1 1 @5"],
    ["the version that is there", { id: "live", ifVersion: 2 }, UPSERT, "ok 1 0 @5"],
    ["INSERT_ONLY of a new id", { id: "x" }, INSERT_ONLY, "ok 1 1 @5"],
    ["INSERT_ONLY of a deleted id", { id: "gone" }, INSERT_ONLY, "ok 1 1 @5"],
    ["INSERT_ONLY of a hidden id", { id: "hidden" }, INSERT_ONLY, "ok 1 1 @5"],
    ["INSERT_ONLY with if_version 0", { id: "x", ifVersion: 0 }, INSERT_ONLY, "ok 1 1 @5"],
    ["UPDATE_ONLY of what exists", { id: "live" }, UPDATE_ONLY, "ok 1 0 @5"],
    ["UPDATE_ONLY with its version", { id: "live", ifVersion: 2 }, UPDATE_ONLY, "ok 1 0 @5"],
  ];
  for (const [name, record, mode, outcome] of cases) {
    it(`${name} is accepted`, () => {
      run(upsert([{ id: "live" }, { id: "gone" }, { id: "hidden" }]));
      run(upsert([{ id: "live" }]));
      run(target("delete", ["gone"]));
      run(target("softDelete", ["hidden"]));
      expect(run(upsert([record], { mode }))).toBe(outcome);
      expect(liveVersion(state, record.id, 0)).toBe(5);
    });
  }

  it("a zero vector is refused under cosine alone", () => {
    for (const metric of ["dot", "euclidean"] as const) {
      const other = createState(core, { metric });
      expect(brief(apply(other, upsert([{ id: "a", vector: [0, -0] }])))).toBe("ok 1 1 @1");
      other.release();
    }
  });
});

describe("delete, soft delete and restore", () => {
  it("hide, bring back with a new version, and remove for good", () => {
    run(upsert([{ id: "a", metadata: { n: 1 }, text: "t", vector: [3, 4] }]));
    expect(run(target("softDelete", ["a"]))).toBe("ok 1 0 @2");
    expect([liveVersion(state, "a", 0), state.liveCount, state.softCount]).toEqual([0, 0, 1]);
    expect(run(target("softDelete", ["a"]))).toBe("ok 0 0 @3");
    expect(run(target("restore", ["a"]))).toBe("ok 1 0 @4");
    expect([state.liveCount, state.softCount, state.deadCount]).toEqual([1, 0, 1]);
    expect(snapshot()).toMatchObject({
      records: { a: { version: 4, hiddenAt: 0, vector: [3, 4], metadata: { n: 1 }, text: "t" } },
    });
    expect(run(target("restore", ["a"]))).toBe("ok 0 0 @5");
    expect(run(target("delete", ["a"]))).toBe("ok 1 0 @6");
    expect(run(target("restore", ["a"]))).toBe("ok 0 0 @7");
    expect(run(target("delete", ["a"]))).toBe("ok 0 0 @8");
    expect([state.liveCount, state.softCount, state.deadCount]).toEqual([0, 0, 2]);
  });

  it("delete removes what is hidden", () => {
    run(upsert([{ id: "a" }]));
    run(target("softDelete", ["a"]));
    expect(run(target("delete", ["a"]))).toBe("ok 1 0 @3");
    expect(run(target("restore", ["a"]))).toBe("ok 0 0 @4");
    expect([state.softCount, state.deadCount]).toEqual([0, 1]);
  });

  it("count an id that is named twice once", () => {
    run(upsert([{ id: "a" }, { id: "b" }]));
    expect(run(target("softDelete", ["a", "a", "b"]))).toBe("ok 2 0 @2");
    expect(run(target("restore", ["a", "a", "b", "a"]))).toBe("ok 2 0 @3");
    expect([state.liveCount, state.softCount]).toEqual([2, 0]);
    snapshot();
    expect(run(target("delete", ["b", "b"]))).toBe("ok 1 0 @4");
    expect(state.liveCount).toBe(1);
  });

  it("leave alone a target whose version moved on", () => {
    run(upsert([{ id: "a" }, { id: "b" }]));
    run(upsert([{ id: "a" }]));
    const both = [
      { id: "a", version: 1 },
      { id: "b", version: 1 },
    ];
    expect(run(target("softDelete", both))).toBe("ok 1 0 @3");
    expect(run(target("delete", [{ id: "a", version: 1 }]))).toBe("ok 0 0 @4");
    expect(run(target("restore", [{ id: "b", version: 2 }]))).toBe("ok 0 0 @5");
    expect(run(target("restore", [{ id: "b", version: 1 }]))).toBe("ok 1 0 @6");
    expect(liveVersion(state, "b", 0)).toBe(6);
  });

  it("act on all, also over several segments and before there is any", () => {
    state.release();
    state = createState(core, { segmentRecordsMax: 3 });
    for (const kind of ["delete", "softDelete", "restore"] as const) expect(run(target(kind, "all"))).toMatch(/^ok 0/);
    run(upsert(["a", "b", "c", "d", "e"].map((id) => ({ id }))));
    expect(run(target("softDelete", ["a", "e"]))).toBe("ok 2 0 @5");
    expect(run(target("softDelete", "all"))).toBe("ok 3 0 @6");
    expect(run(target("restore", "all"))).toBe("ok 5 0 @7");
    expect([state.liveCount, state.softCount, state.deadCount, state.segments.length]).toEqual([5, 0, 5, 4]);
    run(target("softDelete", ["c"]));
    expect(run(target("delete", "all"))).toBe("ok 5 0 @9");
    expect([state.liveCount, state.softCount]).toEqual([0, 0]);
  });

  it("do nothing to ids that were never there", () => {
    for (const kind of ["delete", "softDelete", "restore"] as const) {
      expect(run(target(kind, ["x", "é", ""]))).toMatch(/^ok 0/);
    }
  });
});

describe("the status of a namespace", () => {
  for (const [status, reason] of [
    ["read_only", "NAMESPACE_READ_ONLY"],
    ["suspended", "NAMESPACE_SUSPENDED"],
    ["pending_deletion", "NAMESPACE_NOT_FOUND"],
  ] as const) {
    it(`${status} rejects every write: ${reason}`, () => {
      run(upsert([{ id: "a" }]));
      state.status = status;
      const key = { key: "k", fingerprint: 1 };
      for (const operation of [
        upsert([{ id: "b" }], key),
        target("delete", ["a"]),
        target("softDelete", ["a"]),
        target("restore", "all"),
      ]) {
        expect(run(operation)).toBe(reason);
      }
      state.status = "active";
      expect(snapshot()).toMatchObject({ sequence: 5, liveCount: 1, idempotency: [] });
      // The rejection was not recorded under the key: once the namespace takes writes, a retry is applied.
      expect(run(upsert([{ id: "b" }], key))).toBe("ok 1 1 @6");
    });
  }
});

describe("log time", () => {
  it("never goes back", () => {
    run(upsert([{ id: "a" }], { key: "k", fingerprint: 1 }), 5_000);
    run(upsert([{ id: "b" }], { key: "l", fingerprint: 1 }), 3_000);
    expect(state.timeMs).toBe(5_000);
    expect(state.idempotency.toManifest().map((entry) => Number(entry.timeMs))).toEqual([5_000, 5_000]);
  });
});

it("a stored record is what the log says, whatever its alignment", () => {
  const record = stored({ id: "a", vector: [1.5, -2.5] });
  const unaligned = new Uint8Array(9);
  unaligned.set(record.vector, 1);
  const value = {
    records: [{ ...record, vector: unaligned.subarray(1) }],
    mode: UPSERT,
    idempotencyKey: "",
    fingerprint: 0n,
  };
  expect(run({ $case: "upsert", value })).toBe("ok 1 1 @1");
  expect(snapshot()).toMatchObject({ records: { a: { vector: [1.5, -2.5] } } });
});
