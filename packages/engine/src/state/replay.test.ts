import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { LogEntry, WriteMode } from "../gen/vecstore/storage/v1/log.js";
import { MergeJob } from "../segment/merge.js";
import { createRandom } from "../segment/segment-fixture.cases.js";
import { applyEntry } from "./apply.js";
import type { NamespaceContext, NamespaceState } from "./namespace-state.js";
import type { Outcome } from "./outcome.js";
import { createState, expire, logicalState, target, upsert } from "./state-fixture.cases.js";

const SEED = 20_260_731;
const random = createRandom(SEED);
let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const id = fc.integer({ min: 0, max: 11 }).map((n) => `id-${n}`);
const version = fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined });
const component = fc.constantFrom(-1, 0, 0.5, 2);
const vector = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(component, component) },
  { weight: 1, arbitrary: fc.tuple(component) },
  { weight: 4, arbitrary: fc.constant([]) },
);
/** Log times begin at 1,000 and pass by a second, or by half a day. */
const expiresAtMs = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constantFrom(1, 1_500, 2_000, 3_001, 43_201_000, 86_402_000) },
);
const record = fc.record({
  id,
  vector,
  sparse: fc.constantFrom(undefined, undefined, 3, 2 ** 32 - 1),
  expiresAtMs,
  ifVersion: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: version }),
});
const upserts = fc
  .record({
    records: fc.uniqueArray(record, { minLength: 1, maxLength: 5, selector: (one) => one.id }),
    mode: fc.constantFrom(WriteMode.UPSERT, WriteMode.UPSERT, WriteMode.INSERT_ONLY, WriteMode.UPDATE_ONLY),
    key: fc.constantFrom("", "", "", "k1", "k2"),
    fingerprint: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ records, ...options }) => upsert(records, options));
const pairs = fc.array(
  fc.tuple(id, version).map(([name, seen]) => (seen === undefined ? name : { id: name, version: seen })),
  { maxLength: 4 },
);
const targets = fc
  .tuple(
    fc.constantFrom("delete", "softDelete", "restore"),
    fc.oneof({ weight: 6, arbitrary: pairs }, { weight: 1, arbitrary: fc.constant("all" as const) }),
  )
  .map(([kind, list]) => target(kind, list));
const steps = fc.record({
  operation: fc.oneof(
    { weight: 6, arbitrary: upserts },
    { weight: 4, arbitrary: targets },
    { weight: 1, arbitrary: fc.constantFrom(1_000, 2_500, 43_205_000, 90_000_000).map(expire) },
  ),
  passedMs: fc.constantFrom(0, 1, 1_000, 12 * 60 * 60 * 1_000),
});

/** Applies a log; merges all segments of a kind into one after each entry that `mergeAfter` names. */
function replay(
  log: readonly Uint8Array[],
  options: Partial<NamespaceContext>,
  mergeAfter: (sequence: number) => boolean,
) {
  const state = createState(core, options);
  const outcomes: Outcome[] = [];
  log.forEach((payload, i) => {
    outcomes.push(applyEntry(state, LogEntry.decode(payload), i + 1));
    if (mergeAfter(i + 1)) merge(state);
  });
  return { state, outcomes };
}

function merge(state: NamespaceState): void {
  const merged = [0, state.dimension || 1].map((dimension) => {
    const segments = state.segments.filter((segment) => segment.dimension === dimension);
    if (segments.length === 0) return [];
    const into = state.createSegment(0, dimension);
    new MergeJob(segments, into).finish();
    return [into];
  });
  state.replaceSegments(merged.flat());
}

it("one log gives one logical state and the same outcomes, whatever the segments, graphs, seeds and merges", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), fc.infiniteStream(fc.boolean()), (sequence, merges) => {
      let timeMs = 1_000;
      const log = sequence.map(({ operation, passedMs }) => {
        timeMs += passedMs;
        return LogEntry.encode({ timeMs: BigInt(timeMs), operation }).finish();
      });
      const one = replay(log, {}, () => false);
      const other = replay(
        log,
        { segmentRecordsMax: 64, graphRecordsMin: 3, randomSeed: () => Math.floor(random() * 2 ** 32) },
        () => merges.next().value!,
      );
      const small = replay(log, { segmentRecordsMax: 2, graphRecordsMin: 1 }, () => false);
      expect(other.outcomes).toEqual(one.outcomes);
      expect(small.outcomes).toEqual(one.outcomes);
      expect(logicalState(other.state)).toEqual(logicalState(one.state));
      expect(logicalState(small.state)).toEqual(logicalState(one.state));
      for (const { state } of [one, other, small]) state.release();
    }),
    { seed: SEED, numRuns: 150 },
  );
});
