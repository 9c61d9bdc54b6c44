import { describe, expect, it } from "vitest";
import { VecStoreError } from "./errors.js";
import { UpsertRequest } from "./gen/vecstore/v1/write_pb.js";
import type { CallOptions } from "./model/call.js";
import type { Interruption } from "./model/interruption.js";
import type { RecordInput } from "./model/record.js";
import type { UpsertAllOptions, UpsertAllProgress, UpsertResult } from "./model/write.js";
import { retryPolicy } from "./retry.js";
import { ManualClock } from "./testing/manual-clock.js";
import { type UpsertAllTarget, upsertAll } from "./upsert-all.js";
import { decode } from "./wire/decode.js";

interface Sent {
  readonly ids: string[];
  /** The first numbers of the vectors. */
  readonly vectors: number[];
  readonly options: CallOptions & Pick<UpsertRequest, "namespace" | "mode" | "idempotencyKey">;
  answer(): void;
  fail(error: unknown): void;
}

/** A sender whose batches are answered by hand, or at once when `automatic` says so. */
function setUp(outcome?: (ids: string[], attempt: number) => unknown) {
  const clock = new ManualClock();
  const sent: Sent[] = [];
  let inFlight = 0;
  let inFlightMax = 0;
  const send: UpsertAllTarget["send"] = (message, given) =>
    new Promise<UpsertResult>((resolve, reject) => {
      inFlightMax = Math.max(inFlightMax, ++inFlight);
      const { records, namespace, mode, idempotencyKey } = decode(UpsertRequest, message);
      const ids = records.map(({ id }) => id);
      const vectors = records.map(({ vectorF32 }) => new Float32Array(vectorF32.slice(0, 4).buffer)[0]!);
      const options = { ...given, namespace, mode, idempotencyKey };
      const end = (action: () => void) => () => {
        inFlight--;
        action();
      };
      const sequence = sent.length + 1;
      const answer = end(() => resolve({ upserted: ids.length, inserted: 1, sequence, versions: [] }));
      sent.push({ ids, vectors, options, answer, fail: (error) => end(() => reject(error))() });
      if (outcome === undefined) return;
      const error = outcome(ids, sent.length);
      if (error === undefined) answer();
      else end(() => reject(error))();
    });
  const run = (records: Iterable<RecordInput> | AsyncIterable<RecordInput>, options: UpsertAllOptions = {}) =>
    upsertAll(records, options, { namespace: "docs", send, policy: retryPolicy({}, clock, () => 1) });
  return { clock, sent, run, inFlightMax: () => inFlightMax };
}

const records = (count: number): RecordInput[] =>
  Array.from({ length: count }, (_, n) => ({ id: `r${n}`, vector: [n] }));

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function refused(reason: string, retryAfterMs?: number): VecStoreError {
  return new VecStoreError({ code: "resource_exhausted", reason, message: reason, retryAfterMs });
}

describe("upsertAll", () => {
  it("sends batches in order, each with a key of its own", async () => {
    const { sent, run } = setUp(() => undefined);
    const progress: UpsertAllProgress[] = [];
    const result = await run(records(5), {
      batchSize: 2,
      mode: "insert_only",
      onProgress: (each) => progress.push(each),
    });
    expect(sent.map(({ ids }) => ids)).toEqual([["r0", "r1"], ["r2", "r3"], ["r4"]]);
    expect(sent.map(({ options }) => options.mode)).toEqual([2, 2, 2]);
    expect(new Set(sent.map(({ options }) => options.idempotencyKey)).size).toBe(3);
    expect(result).toEqual({ upserted: 5, inserted: 3, committed: 5, batches: 3, sequence: 3 });
    expect(progress.map(({ upserted }) => upserted)).toEqual([2, 4, 5]);
  });

  it("writes nothing when there is nothing", async () => {
    const { sent, run } = setUp();
    expect(await run([])).toMatchObject({ upserted: 0, batches: 0 });
    expect(sent).toEqual([]);
  });

  it("takes an async iterable, and reads no further than it may send", async () => {
    let read = 0;
    async function* source() {
      for (const record of records(100)) {
        read++;
        yield record;
      }
    }
    const { sent, run } = setUp();
    const running = run(source(), { batchSize: 10, concurrency: 2 });
    await turn();
    expect(sent).toHaveLength(2);
    expect(read).toBe(30);
    for (let answered = 0; answered < 10; answered++) {
      sent[answered]?.answer();
      await turn();
    }
    expect(await running).toMatchObject({ upserted: 100, committed: 100 });
  });

  it("keeps at most `concurrency` batches in flight", async () => {
    const { sent, run, inFlightMax } = setUp();
    const running = run(records(9), { batchSize: 1, concurrency: 3 });
    for (let answered = 0; answered < 9; answered++) {
      await turn();
      sent[answered]?.answer();
    }
    await running;
    expect(inFlightMax()).toBe(3);
  });

  it("lets the last record of an id win, in one batch and across batches", async () => {
    const { sent, run } = setUp();
    const same = { id: "x", vector: [1] };
    const running = run([same, { id: "y", vector: [1] }, same, { id: "z", vector: [1] }, { id: "w", vector: [1] }], {
      batchSize: 2,
      concurrency: 4,
    });
    await turn();
    expect(sent.map(({ ids }) => ids)).toEqual([["x", "y"]]);
    sent[0]?.answer();
    await turn();
    expect(sent.map(({ ids }) => ids)).toEqual([["x", "y"], ["x", "z"], ["w"]]);
    for (const each of sent.slice(1)) each.answer();
    expect(await running).toMatchObject({ upserted: 5 });
  });

  it("ends a batch before it grows past the server's messages", async () => {
    const { sent, run } = setUp(() => undefined);
    const vector = new Float32Array(65_535);
    await run(Array.from({ length: 40 }, (_, n) => ({ id: `r${n}`, vector })));
    expect(sent.map(({ ids }) => ids.length)).toEqual([31, 9]);
  });

  it.each([
    [1, [1, 1, 1]],
    [23, [1, 1, 1]],
    [24, [2, 1]],
    [36, [3]],
  ])("cuts at %d bytes of records, as they travel", async (batchBytes, lengths) => {
    const { sent, run } = setUp(() => undefined);
    // Each takes 12 bytes, two for its head: the id has four, the vector six.
    await run(records(3), { batchBytes });
    expect(sent.map(({ ids }) => ids.length)).toEqual(lengths);
  });

  it("takes a record as it is when it is read, so that a source may use its parts again", async () => {
    const vector = new Float32Array(1);
    function* reused() {
      for (let n = 1; n <= 3; n++) {
        vector[0] = n;
        yield { id: `r${n}`, vector };
      }
    }
    const { sent, run } = setUp(() => undefined);
    await run(reused());
    expect(sent[0]?.vectors).toEqual([1, 2, 3]);
  });

  it("goes on after refusals, waiting as long as the server asks, with the same key", async () => {
    const errors = [
      refused("INDEX_BACKLOG", 2_000),
      new VecStoreError({ code: "unavailable", reason: "DRAINING", message: "" }),
    ];
    const { sent, run, clock } = setUp(() => errors.shift());
    expect(await run(records(2), { concurrency: 1 })).toMatchObject({ upserted: 2, batches: 1 });
    expect(clock.sleeps).toEqual([2_100, 200]);
    expect(new Set(sent.map(({ options }) => options.idempotencyKey)).size).toBe(1);
  });

  it("repeats a batch whose outcome is unknown, because its key makes that safe", async () => {
    const late = new VecStoreError({ code: "deadline_exceeded", reason: "DEADLINE_EXCEEDED", message: "" });
    const errors = [late];
    const { run } = setUp(() => errors.shift());
    expect(await run(records(1))).toMatchObject({ upserted: 1 });
  });

  it("tells of a server that is away as of one interruption, however many batches wait for it", async () => {
    const lost = new VecStoreError({ code: "unavailable", reason: "CONNECTION_LOST", message: "" });
    const { run } = setUp((_, attempt) => (attempt <= 6 ? lost : undefined));
    const told: Interruption[] = [];
    await run(records(6), { batchSize: 1, concurrency: 3, onInterruption: (each) => void told.push(each) });
    const waits = told.slice(0, -1);
    expect(waits.map(({ state, attempts }) => [state, attempts])).toEqual(waits.map((_, n) => ["waiting", n + 1]));
    expect(waits.length).toBeGreaterThanOrEqual(2);
    expect(told.at(-1)).toMatchObject({ state: "over", attempts: waits.length, error: lost });
  });

  it("loses its patience in the end", async () => {
    const { run, clock } = setUp(() => refused("INDEX_BACKLOG", 10_000));
    await expect(run(records(1), { patienceMs: 60_000 })).rejects.toMatchObject({ reason: "INDEX_BACKLOG" });
    expect(clock.nowMs()).toBeLessThan(60_000);
    expect(clock.sleeps.length).toBeGreaterThan(3);
  });

  it("stops at the first failure, lets batches in flight end, and says how far it came", async () => {
    const { sent, run } = setUp();
    const running = run(records(12), { batchSize: 2, concurrency: 3 });
    await turn();
    sent[0]?.answer();
    await turn();
    sent[2]?.fail(
      new VecStoreError({ code: "invalid_argument", reason: "INVALID_VECTOR", message: "records[1] is bad" }),
    );
    await turn();
    sent[1]?.answer();
    sent[3]?.answer();
    await expect(running).rejects.toMatchObject({
      code: "invalid_argument",
      reason: "INVALID_VECTOR",
      message: "batch of the records 4 to 5: records[1] is bad",
      details: { committed: "4", upserted: "6" },
    });
    expect(sent).toHaveLength(4);
  });

  it("throws the error of the first batch that failed, whichever came first, and repeats those before it", async () => {
    const { sent, run, clock } = setUp();
    const running = run(records(6), { batchSize: 1, concurrency: 6 });
    await turn();
    sent[4]?.fail(refused("QUOTA_EXCEEDED"));
    await turn();
    sent[5]?.fail(refused("INDEX_BACKLOG"));
    sent[1]?.fail(refused("INDEX_BACKLOG"));
    await turn();
    // The one before is sent again, the one behind is not.
    expect(sent.slice(6).map(({ ids }) => ids)).toEqual([["r1"]]);
    expect(clock.sleeps).toHaveLength(1);
    sent[2]?.fail(refused("INVALID_VECTOR"));
    for (const at of [0, 3, 6]) sent[at]?.answer();
    await expect(running).rejects.toMatchObject({
      reason: "INVALID_VECTOR",
      message: "batch of the records 2 to 2: INVALID_VECTOR",
      details: { committed: "2", upserted: "3" },
    });
  });

  it("names a record that cannot be sent by its position, after what came before it was written", async () => {
    const { sent, run } = setUp(() => undefined);
    const all = [...records(3), { id: "bad", vector: [1], metadata: { at: new Date() } as never }];
    await expect(run(all, { batchSize: 2 })).rejects.toMatchObject({
      reason: "INVALID_METADATA",
      message: expect.stringMatching(/^records\[3\]\.metadata\.at is a Date/),
      details: { committed: "2" },
    });
    expect(sent).toHaveLength(1);
  });

  it("repeats a run with the keys of the run before", async () => {
    const first = setUp((_, attempt) => (attempt === 2 ? refused("QUOTA_EXCEEDED") : undefined));
    const options = { batchSize: 2, concurrency: 1, idempotencyKey: "import-7" };
    await expect(first.run(records(6), options)).rejects.toMatchObject({ reason: "QUOTA_EXCEEDED" });
    const second = setUp(() => undefined);
    await second.run(records(6), options);
    expect(second.sent.map(({ options: { idempotencyKey } }) => idempotencyKey)).toEqual([
      "import-7/0",
      "import-7/1",
      "import-7/2",
    ]);
    expect(first.sent[1]?.options.idempotencyKey).toBe("import-7/1");
  });

  it("ends a wait when the signal is aborted", async () => {
    const controller = new AbortController();
    const { run } = setUp(() => {
      controller.abort();
      return refused("INDEX_BACKLOG");
    });
    await expect(run(records(1), { signal: controller.signal })).rejects.toMatchObject({ reason: "CANCELED" });
  });

  it("passes on what the source and onProgress throw, after the batches in flight have ended", async () => {
    function* broken() {
      yield* records(1);
      throw new Error("file is gone");
    }
    await expect(setUp(() => undefined).run(broken(), { batchSize: 1 })).rejects.toThrow("file is gone");
    const onProgress = () => {
      throw new Error("no screen");
    };
    await expect(setUp(() => undefined).run(records(1), { onProgress })).rejects.toThrow("no screen");
  });

  it.each([{ batchSize: 0 }, { batchSize: 1.5 }, { batchBytes: 0 }, { concurrency: 0 }, { patienceMs: -1 }])(
    "refuses %j",
    async (options) => {
      await expect(setUp().run([], options)).rejects.toMatchObject({ code: "invalid_argument" });
    },
  );
});
