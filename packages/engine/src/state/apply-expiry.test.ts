import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { WriteMode } from "../gen/vecstore/storage/v1/log.js";
import { liveVersion } from "./apply.js";
import type { NamespaceState } from "./namespace-state.js";
import { apply, brief, createState, expire, logicalState, target, upsert } from "./state-fixture.cases.js";

const { INSERT_ONLY, UPDATE_ONLY } = WriteMode;
let core: Core;
let state: NamespaceState;
const run = (operation: Parameters<typeof apply>[1], timeMs?: number) => brief(apply(state, operation, timeMs));
const counts = () => [state.liveCount, state.softCount, state.deadCount];

beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());
beforeEach(() => {
  state = createState(core);
});
afterEach(() => state.release());

/** Writes "a", which expires at 2,000, and "b", which never does, at log time 1,000. */
function writeTwo(): void {
  run(upsert([{ id: "a", expiresAtMs: 2_000 }, { id: "b" }]));
}

describe("a record whose time has passed by the time of an entry", () => {
  it.each([
    ["counts as inserted when it is written again", upsert([{ id: "a" }]), "ok 1 0 @2", "ok 1 1 @2"],
    ["is absent for insert_only", upsert([{ id: "a" }], { mode: INSERT_ONLY }), "RECORD_EXISTS", "ok 1 1 @2"],
    ["is absent for update_only", upsert([{ id: "a" }], { mode: UPDATE_ONLY }), "ok 1 0 @2", "RECORD_NOT_FOUND"],
    ["has version 0", upsert([{ id: "a", ifVersion: 0 }]), "VERSION_CONFLICT", "ok 1 1 @2"],
    ["has its version no more", upsert([{ id: "a", ifVersion: 1 }]), "ok 1 0 @2", "VERSION_CONFLICT"],
    ["is not there to hide", target("softDelete", ["a"]), "ok 1 0 @2", "ok 0 0 @2"],
    ["is not counted by a delete", target("delete", ["a"]), "ok 1 0 @2", "ok 0 0 @2"],
    ["is not counted by a delete of all", target("delete", "all"), "ok 2 0 @2", "ok 1 0 @2"],
    ["is not there to hide among all", target("softDelete", "all"), "ok 2 0 @2", "ok 1 0 @2"],
  ])("%s", (_name, operation, before, after) => {
    for (const [timeMs, outcome] of [
      [1_999, before],
      [2_000, after],
    ] as const) {
      state.release();
      state = createState(core);
      writeTwo();
      expect([timeMs, run(operation, timeMs)]).toEqual([timeMs, outcome]);
    }
  });

  it("is dead for good after a delete, counted or not", () => {
    writeTwo();
    run(target("delete", ["a"]), 2_000);
    expect(counts()).toEqual([1, 0, 1]);
  });

  it("does not come back when it was soft-deleted before", () => {
    writeTwo();
    run(target("softDelete", ["a", "b"]));
    expect(run(target("restore", "all"), 2_000)).toBe("ok 1 0 @3");
    expect([liveVersion(state, "a", 2_000), liveVersion(state, "b", 2_000)]).toEqual([0, 3]);
  });

  it("keeps its time when it comes back before", () => {
    writeTwo();
    run(target("softDelete", ["a"]));
    expect(run(target("restore", ["a"]), 1_999)).toBe("ok 1 0 @3");
    expect([liveVersion(state, "a", 1_999), liveVersion(state, "a", 2_000)]).toEqual([3, 0]);
  });

  it("stays gone when a later entry carries an earlier time", () => {
    writeTwo();
    run(target("delete", []), 2_000);
    expect(run(upsert([{ id: "a" }], { mode: INSERT_ONLY }), 1_500)).toBe("ok 1 1 @3");
  });
});

describe("a write whose time has passed already", () => {
  it("is applied, replaces what was there, and nothing is seen of it", () => {
    writeTwo();
    expect(run(upsert([{ id: "b", expiresAtMs: 900 }]))).toBe("ok 1 0 @2");
    expect(liveVersion(state, "b", state.timeMs)).toBe(0);
    expect([state.liveCount, state.visibleCount(state.timeMs), state.nextExpiryMs]).toEqual([2, 1, 900]);
  });
});

describe("the removal of what has expired", () => {
  it("kills for good what is due at its time, soft-deleted records too, and nothing else", () => {
    const times = [1_500, 2_000, 2_001, undefined, 1_500, 2_001];
    run(upsert(times.map((expiresAtMs, i) => ({ id: `r${i}`, expiresAtMs }))));
    run(target("softDelete", ["r4", "r5"]));
    expect([state.visibleCount(2_000), state.hiddenCount(2_000), ...counts()]).toEqual([2, 1, 4, 2, 0]);
    expect(run(expire(2_000), 2_500)).toBe("ok 3 0 @3");
    expect(counts()).toEqual([2, 1, 3]);
    expect(run(expire(2_000), 2_500)).toBe("ok 0 0 @4");
    expect(state.nextExpiryMs).toBe(2_001);
    expect(run(expire(9_000), 9_000)).toBe("ok 2 0 @5");
    expect([...counts(), state.nextExpiryMs]).toEqual([1, 0, 5, Number.POSITIVE_INFINITY]);
  });

  it("leaves a record alone that was written again without a time", () => {
    writeTwo();
    run(upsert([{ id: "a" }]));
    expect(state.nextExpiryMs).toBe(Number.POSITIVE_INFINITY);
    expect(run(expire(3_000), 3_000)).toBe("ok 0 0 @3");
    expect(liveVersion(state, "a", 3_000)).toBe(2);
  });

  it("reaches every segment", () => {
    state.release();
    state = createState(core, { segmentRecordsMax: 2 });
    run(upsert(Array.from({ length: 7 }, (_, i) => ({ id: `r${i}`, expiresAtMs: 2_000 + (i % 3) }))));
    expect(state.segments).toHaveLength(4);
    expect(run(expire(2_001), 3_000)).toBe("ok 5 0 @2");
    expect([state.liveCount, state.nextExpiryMs]).toEqual([2, 2_002]);
  });

  it("is refused like any entry while the namespace takes no writes", () => {
    writeTwo();
    state.status = "read_only";
    expect(run(expire(3_000), 3_000)).toBe("NAMESPACE_READ_ONLY");
    expect([...counts(), state.visibleCount(3_000)]).toEqual([2, 0, 0, 1]);
  });

  it("is decided by the log alone: two states that apply it end the same", () => {
    const entries: [Parameters<typeof run>[0], number][] = [
      [upsert([{ id: "a", expiresAtMs: 2_000 }, { id: "b", expiresAtMs: 1_800 }, { id: "c" }]), 1_000],
      [target("softDelete", ["b"]), 1_700],
      [upsert([{ id: "a", expiresAtMs: 2_600 }], { mode: UPDATE_ONLY }), 2_100],
      [expire(2_100), 2_200],
      [upsert([{ id: "d", expiresAtMs: 1 }]), 2_200],
      [expire(2_300), 2_300],
    ];
    const other = createState(core, { segmentRecordsMax: 1 });
    for (const [operation, timeMs] of entries) {
      expect(apply(other, operation, timeMs)).toEqual(apply(state, operation, timeMs));
    }
    expect(logicalState(other)).toEqual(logicalState(state));
    other.release();
  });
});
