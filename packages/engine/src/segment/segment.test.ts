import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { viewSparse } from "../sparse/codec.js";
import { createRandom, createSegment, fill, readSlot, recordOf } from "./segment-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

describe("a segment", () => {
  it("gives back what was appended", () => {
    const segment = createSegment(core);
    fill(segment, 100);
    for (let slot = 0; slot < 100; slot++) {
      const { id, vector, text, sparse: packed, expiresAtMs } = recordOf(slot, slot + 1);
      const sparse = packed && viewSparse(packed);
      const metadata = slot % 3 === 0 ? undefined : { i: slot, tag: "é".repeat(slot % 5) };
      const stored = { id, version: slot + 1, vector: [...vector], metadata, text, sparse, expiresAtMs };
      const expected = { ...stored, death: 0, soft: false };
      expect(readSlot(segment, slot)).toEqual(expected);
      expect(segment.find(id)).toBe(slot);
    }
    expect(segment.find("record-100")).toBe(-1);
    expect([segment.count, segment.liveCount, segment.indexed]).toEqual([100, 100, 0]);
    segment.release();
  });

  it("finds the newest slot of an id, dead or alive", () => {
    const segment = createSegment(core);
    fill(segment, 3);
    segment.kill(1, 4, false);
    const slot = segment.append(recordOf(1, 4));
    expect(segment.find("record-1")).toBe(slot);
    segment.kill(slot, 5, false);
    expect(segment.find("record-1")).toBe(slot);
    segment.release();
  });

  it("shows a slot to the readers between its version and its death", () => {
    const segment = createSegment(core);
    const slot = segment.append(recordOf(0, 5));
    segment.kill(slot, 9, true);
    const seen = () => [4, 5, 8, 9, 10].map((sequence) => segment.isVisible(slot, { sequence, nowMs: 0 }));
    expect(seen()).toEqual([false, true, true, false, false]);
    segment.harden(slot);
    expect(seen()).toEqual([false, true, true, false, false]);
    segment.release();
  });

  it("shows a slot to the readers before its time, whatever their sequence", () => {
    const segment = createSegment(core);
    segment.append({ ...recordOf(0, 5), expiresAtMs: 1_000 });
    segment.append({ ...recordOf(1, 5), expiresAtMs: 0 });
    const seen = (slot: number) =>
      [0, 999, 1_000, 1e12].map((nowMs) => segment.isVisible(slot, { sequence: 5, nowMs }));
    expect(seen(0)).toEqual([true, true, false, false]);
    expect(seen(1)).toEqual([true, true, true, true]);
    // The removal that is logged later does not take it from a reader who came before its time.
    segment.kill(0, 9, false);
    expect(seen(0)).toEqual([true, true, false, false]);
    expect(segment.isLive(0, 0)).toBe(false);
    segment.release();
  });

  it("counts alive slots, and apart from those the ones whose time has not passed", () => {
    const segment = createSegment(core);
    for (let i = 0; i < 10; i++) segment.append({ ...recordOf(i, 1), expiresAtMs: i < 6 ? 100 * (i + 1) : 0 });
    segment.kill(0, 2, false);
    segment.kill(1, 2, true);
    expect(
      [0, 100, 200, 300, 600, 1e12].map((nowMs) => segment.liveCount - segment.expiry.countDue(nowMs).live),
    ).toEqual([8, 8, 8, 7, 4, 4]);
    expect([segment.liveCount, segment.softCount]).toEqual([8, 1]);
    expect([199, 200].map((nowMs) => segment.isHidden(1, nowMs))).toEqual([true, false]);
    expect(segment.isHidden(0, 0)).toBe(false);
    segment.release();
  });

  it("keeps the first death, and lets a soft one become hard", () => {
    const segment = createSegment(core);
    fill(segment, 4);
    const counts = () => [segment.liveCount, segment.softCount, segment.deadCount];
    segment.kill(0, 10, true);
    segment.kill(1, 11, false);
    segment.kill(2, 12, true);
    expect(counts()).toEqual([1, 2, 1]);
    segment.kill(0, 20, true);
    segment.kill(1, 20, true);
    segment.harden(3);
    expect(counts()).toEqual([1, 2, 1]);
    segment.harden(0);
    segment.harden(0);
    segment.kill(2, 21, false);
    expect(counts()).toEqual([1, 0, 3]);
    expect([0, 1, 2, 3].map((slot) => segment.deathOf(slot))).toEqual([10, 11, 12, 0]);
    expect([0, 1, 2, 3].map((slot) => segment.isSoft(slot))).toEqual([false, false, false, false]);
    segment.release();
  });

  it("agrees with a plain model over random appends, kills and readers (seed 5)", () => {
    const random = createRandom(5);
    const segment = createSegment(core);
    const model: { version: number; death: number }[] = [];
    for (let sequence = 1; sequence <= 2_000; sequence++) {
      if (random() < 0.6) {
        segment.append(recordOf(Math.floor(random() * 50), sequence));
        model.push({ version: sequence, death: 0 });
      } else if (model.length > 0) {
        const slot = Math.floor(random() * model.length);
        segment.kill(slot, sequence, random() < 0.5);
        model[slot]!.death ||= sequence;
      }
      const reader = Math.floor(random() * (sequence + 1));
      const slot = Math.floor(random() * model.length);
      if (model.length > 0) {
        const { version, death } = model[slot]!;
        expect(segment.isVisible(slot, { sequence: reader, nowMs: 0 })).toBe(
          version <= reader && (death === 0 || death > reader),
        );
      }
    }
    segment.release();
  });

  it("sorts its slots by id and finds the first id at or after one", () => {
    const segment = createSegment(core);
    fill(segment, 12);
    segment.append(recordOf(3, 99));
    const sorted = [...segment.sortedSlots()];
    expect(sorted.map((slot) => segment.idOf(slot))).toEqual(sorted.map((slot) => segment.idOf(slot)).sort());
    const at = segment.lowerBound("record-3");
    expect(sorted.slice(at, at + 2)).toEqual([3, 12]);
    expect(segment.lowerBound("z")).toBe(13);
    expect(segment.lowerBound("")).toBe(0);
    expect(segment.compareIds(3, segment, 12)).toBe(0);
    segment.release();
  });

  it("is full at slotsMax and takes nothing more", () => {
    const segment = createSegment(core, { slotsMax: 3 });
    fill(segment, 2);
    expect(segment.full).toBe(false);
    fill(segment, 1, 2);
    expect(segment.full).toBe(true);
    expect(() => fill(segment, 1, 3)).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
    expect(segment.count).toBe(3);
    segment.release();
  });
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the graph of a segment", () => {
  it.each(["cosine", "dot", "euclidean"] as const)(
    "begins at graphRecordsMin and follows the appends: %s",
    async (metric) => {
      const segment = createSegment(core, { metric, graphRecordsMin: 200 });
      fill(segment, 199);
      expect(segment.graph).toBeUndefined();
      fill(segment, 1, 199);
      expect(segment.graph?.count).toBe(0);
      while (segment.graph?.count === 0) await turn();
      expect(segment.graph?.count).toBe(200);
      fill(segment, 100, 200);
      await segment.settled();
      expect([segment.indexed, segment.graph!.count]).toEqual([300, 300]);
      expect(segment.graphInfo!.mean === undefined).toBe(metric === "cosine");
      // A dot product with itself need not be the largest, so the exact nearest is looked up.
      const query = segment.vectorOf(250);
      const distances = new Float32Array(300);
      segment.vectors.distances(segment.vectors.prepare(query), 0, 300, distances);
      const nearest = distances.indexOf(Math.min(...distances));
      expect([...segment.graph!.search(query, 50).slots.subarray(0, 10)]).toContain(nearest);
      segment.release();
    },
  );

  it("is relative to the mean of the vectors", () => {
    const segment = createSegment(core, { metric: "dot", graphRecordsMin: 3, dimension: 2 });
    [
      [1, 10],
      [2, 20],
      [6, 60],
    ].forEach((vector, i) => {
      segment.append({ ...recordOf(i, 1), vector: Float32Array.from(vector) });
    });
    expect([...segment.graphInfo!.mean!]).toEqual([3, 30]);
    segment.release();
  });

  it("may fail for want of memory: the append stands, and it is tried again at twice the size", () => {
    let failures = 0;
    const poor = Object.create(core, {
      createGraph: {
        value: () => {
          failures++;
          throw new RangeError("could not allocate memory");
        },
      },
    }) as Core;
    const segment = createSegment(poor, { graphRecordsMin: 10 });
    fill(segment, 19);
    expect([failures, segment.count, segment.graph]).toEqual([1, 19, undefined]);
    expect(segment.graphError).toBeInstanceOf(RangeError);
    fill(segment, 1, 19);
    expect(failures).toBe(2);
    expect(() => segment.ensureGraph()).toThrow(RangeError);
    segment.release();
  });
});

describe("a graph that fails while it is fed", () => {
  it("is given up and the segment scanned, since it would miss a slot", async () => {
    const segment = createSegment(core, { graphRecordsMin: 10 });
    fill(segment, 12);
    await segment.settled();
    segment.graph!.append = () => {
      throw new Error("broken");
    };
    fill(segment, 1, 12);
    expect([segment.count, segment.graph, segment.graphInfo, segment.indexed]).toEqual([13, undefined, undefined, 0]);
    expect(segment.graphError).toMatchObject({ message: "broken" });
    fill(segment, 13, 13);
    await segment.settled();
    expect([segment.graph?.count, segment.graphError]).toEqual([26, undefined]);
    segment.release();
  });

  it("is given up as well when it fails in a later turn", async () => {
    const segment = createSegment(core, { graphRecordsMin: 10 });
    fill(segment, 10);
    segment.graph!.append = () => {
      throw new Error("broken");
    };
    await segment.settled();
    expect([segment.count, segment.graph, segment.graphInfo]).toEqual([10, undefined, undefined]);
    expect(segment.graphError).toMatchObject({ message: "broken" });
    segment.release();
  });
});

describe("the holders of a segment", () => {
  it("free vectors and graph when the last one lets go", () => {
    const released: string[] = [];
    const watched = Object.create(core, {
      createVectors: {
        value: (options: Parameters<Core["createVectors"]>[0]) => watch(core.createVectors(options), "vectors"),
      },
      createGraph: {
        value: (options: Parameters<Core["createGraph"]>[0]) => watch(core.createGraph(options), "graph"),
      },
    }) as Core;
    function watch<T extends { release(): unknown }>(owner: T, name: string): T {
      const release = owner.release.bind(owner);
      owner.release = () => {
        released.push(name);
        return release();
      };
      return owner;
    }
    const segment = createSegment(watched, { graphRecordsMin: 10 });
    fill(segment, 20);
    segment.retain();
    segment.release();
    expect(released).toEqual([]);
    expect(segment.textOf(2)).toBe("text of 2 ☃");
    segment.release();
    expect(released).toEqual(["vectors", "graph"]);
    expect(() => segment.release()).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
    expect(() => segment.retain()).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
  });
});
