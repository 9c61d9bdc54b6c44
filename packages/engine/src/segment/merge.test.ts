import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { MergeJob } from "./merge.js";
import type { Segment } from "./segment.js";
import { createRandom, createSegment, fill, readSlot, recordOf } from "./segment-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

/** What is not dead for good, oldest first. */
function keptOf(segments: readonly Segment[]): unknown[] {
  const kept: unknown[] = [];
  for (const segment of segments) {
    for (let slot = 0; slot < segment.count; slot++) {
      if (segment.deathOf(slot) === 0 || segment.isSoft(slot)) kept.push(readSlot(segment, slot));
    }
  }
  return kept;
}

describe("a merge", () => {
  it("copies what is alive or soft-deleted, in order, and nothing else", () => {
    const sources = [1, 2].map((number) => createSegment(core, { number, seed: number }));
    sources.forEach((source, i) => {
      fill(source, 300, i * 300);
    });
    for (let slot = 0; slot < 300; slot += 4) sources[0]!.kill(slot, 1_000 + slot, false);
    for (let slot = 1; slot < 300; slot += 4) sources[1]!.kill(slot, 2_000 + slot, true);
    const target = createSegment(core, { number: 3 });
    const job = new MergeJob(sources, target);
    expect(job.slotsNeeded).toBe(525);
    let steps = 0;
    while (!job.step(50)) steps++;
    expect(steps).toBe(11);
    job.finish();
    expect(keptOf([target])).toEqual(keptOf(sources));
    expect([target.count, target.softCount, target.deadCount]).toEqual([525, 75, 0]);
    expect(target.find("record-0")).toBe(-1);
    expect(target.idOf(target.find("record-1"))).toBe("record-1");
    expect([job.slotOf(0, 0), job.slotOf(0, 1), job.slotOf(1, 0)]).toEqual([-1, 0, 225]);
    for (const segment of [...sources, target]) segment.release();
  });

  it("copies records without vectors, which have segments of their own", () => {
    const source = createSegment(core, { dimension: 0, graphRecordsMin: 10 });
    fill(source, 100);
    source.kill(3, 1_000, false);
    expect(source.graph).toBeUndefined();
    const target = createSegment(core, { dimension: 0, graphRecordsMin: 10 });
    new MergeJob([source], target).finish();
    expect(keptOf([target])).toEqual(keptOf([source]));
    expect(target.sparseOf(target.find("record-8"))).toEqual(source.sparseOf(8));
    for (const segment of [source, target]) segment.release();
  });

  it("follows kills, hardenings and appends that happen between its steps (seeds 1 to 10)", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = createRandom(seed);
      const sources = [1, 2, 3].map((number) => createSegment(core, { number, seed }));
      const head = sources[2]!;
      // Each id has at most one slot that is not dead for good, as apply keeps it.
      const current = new Map<string, [Segment, number]>();
      let sequence = 0;
      const write = (segment: Segment): void => {
        const record = recordOf(Math.floor(random() * 400), ++sequence);
        const old = current.get(record.id);
        if (old?.[0].isSoft(old[1])) old[0].harden(old[1]);
        else old?.[0].kill(old[1], sequence, false);
        current.set(record.id, [segment, segment.append(record)]);
      };
      const kill = (): void => {
        if (current.size === 0) return;
        const [segment, slot] = [...current.values()][Math.floor(random() * current.size)]!;
        if (random() < 0.3) segment.harden(slot);
        else segment.kill(slot, ++sequence, random() < 0.5);
      };
      for (const segment of sources) for (let i = 0; i < 200; i++) random() < 0.8 ? write(segment) : kill();
      const target = createSegment(core, { number: 4 });
      const job = new MergeJob(sources, target);
      for (let caught = false; !caught || random() < 0.9; ) {
        caught = job.step(1 + Math.floor(random() * 60));
        for (let i = 0; i < 10; i++) random() < 0.5 ? write(head) : kill();
      }
      const needed = job.slotsNeeded;
      job.finish();
      expect(target.count).toBe(needed);
      expect(target.count - target.deadCount).toBe(keptOf(sources).length);
      expect(keptOf([target])).toEqual(keptOf(sources));
      for (const [id, [segment, slot]] of current) {
        const copy = target.find(id);
        if (segment.deathOf(slot) === 0) expect(readSlot(target, copy)).toEqual(readSlot(segment, slot));
      }
      for (const segment of [...sources, target]) segment.release();
    }
  });

  it("builds the target's graph as it goes", async () => {
    const source = createSegment(core);
    fill(source, 400);
    const target = createSegment(core, { graphRecordsMin: 100 });
    const job = new MergeJob([source], target);
    while (!job.step(64));
    job.finish();
    await target.settled();
    expect(target.indexed).toBe(400);
    source.release();
    target.release();
  });

  it("holds its sources until it is finished or canceled, and follows no death afterwards", () => {
    for (const end of ["finish", "cancel"] as const) {
      const source = createSegment(core);
      fill(source, 10);
      const target = createSegment(core);
      const job = new MergeJob([source], target);
      job.step(10);
      source.retain();
      source.release();
      job[end]();
      job.cancel();
      source.kill(3, 99, false);
      expect(target.deathOf(3)).toBe(0);
      source.release();
      expect(() => source.release()).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
      target.release();
    }
  });

  it("says that the target is too small and refuses to overfill it", () => {
    const source = createSegment(core);
    fill(source, 30);
    const target = createSegment(core, { slotsMax: 20 });
    const job = new MergeJob([source], target);
    expect(job.slotsNeeded).toBeGreaterThan(target.capacity);
    expect(() => job.step(30)).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
    job.cancel();
    source.release();
    target.release();
  });
});
