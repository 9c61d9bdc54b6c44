import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { breathe } from "../core/breathe.js";
import { type Core, loadCore } from "../core/core.js";
import { reuseGraph } from "./graph-reuse.js";
import { MergeJob } from "./merge.js";
import type { Segment } from "./segment.js";
import { createRandom, createSegment, fill, readSlot, recordOf } from "./segment-fixture.cases.js";

const GRAPH = { graphRecordsMin: 50, dimension: 8 } as const;

const cores: Core[] = [];
beforeAll(async () => {
  for (const threads of [0, 1]) cores.push(await loadCore({ threads }));
});
afterAll(async () => {
  for (const core of cores) await core.close();
});

/** What is not dead for good, by id. */
function keptOf(segments: readonly Segment[]): Map<string, unknown> {
  const kept = new Map<string, unknown>();
  for (const segment of segments) {
    for (let slot = 0; slot < segment.count; slot++) {
      if (segment.deaths.isHard(slot)) continue;
      expect(kept.has(segment.idOf(slot))).toBe(false);
      kept.set(segment.idOf(slot), readSlot(segment, slot));
    }
  }
  return kept;
}

async function run(job: MergeJob): Promise<void> {
  while (!job.step(100)) await (job.waiting ?? breathe());
}

/** Every record that is alive is the closest to its own vector. */
function expectFound(target: Segment): void {
  let missed = 0;
  for (let slot = 0; slot < target.count; slot++) {
    const { count, slots } = target.graph!.search(target.vectorOf(slot), 40);
    if (!slots.subarray(0, count).includes(slot)) missed++;
  }
  expect(missed).toBeLessThanOrEqual(target.count / 100);
}

describe.each([0, 1])("a merge that reuses a graph, with %i threads,", (threads) => {
  it("follows kills, hardenings and appends that happen meanwhile (seeds 1 to 12)", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = createRandom(seed);
      const sources = [1, 2, 3].map((number) => createSegment(cores[threads]!, { number, seed, ...GRAPH }));
      const head = sources[2]!;
      const current = new Map<string, [Segment, number]>();
      let sequence = 0;
      const write = (segment: Segment): void => {
        const record = recordOf(Math.floor(random() * 700), ++sequence, 8);
        const old = current.get(record.id);
        if (old?.[0].isSoft(old[1])) old[0].harden(old[1]);
        else old?.[0].kill(old[1], sequence, false);
        current.set(record.id, [segment, segment.append(record)]);
      };
      const kill = (): void => {
        const [segment, slot] = [...current.values()][Math.floor(random() * current.size)]!;
        if (random() < 0.3) segment.harden(slot);
        else segment.kill(slot, ++sequence, random() < 0.5);
      };
      const some = (count: number) => {
        for (let i = 0; i < count; i++) random() < 0.5 ? write(head) : kill();
      };
      // Any of the three may be the largest; ids move from one to the other.
      for (const segment of sources) for (let i = Math.floor(random() * 300); i >= 0; i--) write(segment);
      some(60);
      const settling = sources.map((segment) => segment.graph?.settled());
      if (seed % 2 === 0) await Promise.all(settling);
      const target = createSegment(cores[threads]!, { number: 4, seed: seed + 1, ...GRAPH });
      const reusing = reuseGraph(sources, target);
      some(30);
      const reuse = await reusing;
      some(10);
      const job = new MergeJob(sources, target, reuse);
      if (seed % 2 === 0) expect(reuse?.slots.length).toBeGreaterThan(0);
      for (let caught = false; !caught || random() < 0.8; ) {
        caught = job.step(1 + Math.floor(random() * 60));
        some(6);
        if (random() < 0.3) await (job.waiting ?? breathe());
      }
      const needed = job.slotsNeeded;
      job.finish();
      expect(target.count).toBe(needed);
      expect(keptOf([target])).toEqual(keptOf(sources));
      for (const [id, [segment, slot]] of current) {
        const copy = target.find(id);
        if (segment.deathOf(slot) === 0) expect(readSlot(target, copy)).toEqual(readSlot(segment, slot));
        else if (copy >= 0) expect(target.deathOf(copy)).toBeGreaterThan(0);
      }
      await target.graph!.settled();
      expect(target.indexed).toBe(target.count);
      expectFound(target);
      await Promise.allSettled(settling);
      for (const segment of [...sources, target]) segment.release();
    }
  });
});

describe("the graph of the largest source", () => {
  const core = () => cores[0]!;

  async function linked(count: number, options = {}, from = 0): Promise<Segment> {
    const segment = createSegment(core(), { ...GRAPH, ...options });
    fill(segment, count, from);
    await segment.settled();
    return segment;
  }

  const killFirst = (segment: Segment, count: number) => {
    for (let slot = 0; slot < count; slot++) segment.kill(slot, 10_000, false);
  };

  it.each([
    ["is reused with half of it dead", 200, 100, true],
    ["is not reused with more than half of it dead", 200, 101, false],
    ["is not reused when too few are left for a graph", 90, 41, false],
    ["is reused when just enough are left", 90, 40, true],
    ["is not there", 40, 1, false],
  ])("%s", async (_, count, dead, isReused) => {
    const [small, large] = [await linked(20, {}, 5_000), await linked(count)];
    killFirst(large, dead);
    const target = createSegment(core(), GRAPH);
    const reuse = await reuseGraph([small, large], target);
    expect(reuse?.segment === large).toBe(isReused);
    const job = new MergeJob([small, large], target, reuse);
    await run(job);
    job.finish();
    expect(keptOf([target])).toEqual(keptOf([large, small]));
    for (const segment of [small, large, target]) segment.release();
  });

  it("keeps the mean that its codes are relative to", async () => {
    for (const metric of ["dot", "euclidean"] as const) {
      const source = await linked(300, { metric });
      killFirst(source, 60);
      const target = createSegment(core(), { ...GRAPH, metric, seed: 99 });
      const job = new MergeJob([source], target, await reuseGraph([source], target));
      await run(job);
      job.finish();
      await target.graph!.settled();
      expect(target.graphInfo).toMatchObject({ mean: source.graphInfo!.mean, seed: 99 });
      if (metric === "euclidean") expectFound(target);
      for (const segment of [source, target]) segment.release();
    }
  });

  it("is given up with a merge that is canceled", async () => {
    const source = await linked(400);
    killFirst(source, 100);
    for (const steps of [0, 1, 3, 50]) {
      const target = createSegment(core(), GRAPH);
      const reuse = await reuseGraph([source], target);
      const job = new MergeJob([source], target, reuse);
      for (let step = 0; step < steps; step++) {
        job.step(10);
        await breathe();
      }
      job.cancel();
      target.release();
      if (steps <= 1) await expect(reuse!.consolidation.graph).rejects.toMatchObject({ reason: "CANCELED" });
    }
    const target = createSegment(core(), GRAPH);
    const job = new MergeJob([source], target, await reuseGraph([source], target));
    await run(job);
    job.finish();
    await target.graph!.settled();
    expectFound(target);
    target.release();
    source.release();
  });

  it("is made anew when it could not be reused", async () => {
    const source = await linked(300);
    killFirst(source, 60);
    const target = createSegment(core(), GRAPH);
    const reuse = (await reuseGraph([source], target))!;
    const failing = { ...reuse, consolidation: { ...reuse.consolidation, graph: Promise.reject(new Error("died")) } };
    const job = new MergeJob([source], target, failing);
    await run(job);
    job.finish();
    await target.settled();
    expect([target.count, target.indexed]).toEqual([240, 240]);
    expectFound(target);
    await reuse.consolidation.cancel();
    for (const segment of [source, target]) segment.release();
  });

  it("is built anew where there is no memory for another one", async () => {
    const source = await linked(300);
    const target = createSegment(core(), GRAPH);
    const failing = vi.spyOn(core(), "consolidateGraph").mockRejectedValue(new RangeError("no memory"));
    expect(await reuseGraph([source], target)).toBeUndefined();
    failing.mockRestore();
    for (const segment of [source, target]) segment.release();
  });
});
