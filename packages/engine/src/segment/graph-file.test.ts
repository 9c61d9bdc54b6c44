import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { VecstoreError } from "../errors.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { type GraphFileInfo, readGraph, writeGraph } from "./graph-file.js";
import type { Segment } from "./segment.js";
import { createSegment, fill } from "./segment-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const OPTIONS = { metric: "euclidean", slotsMax: 2_000 } as const;

/** A segment of `count` records whose graph links all of them, and its file "graph". */
async function writeSample(env: MemoryEnv, count: number): Promise<{ segment: Segment; info: GraphFileInfo }> {
  const segment = createSegment(core, { ...OPTIONS, graphRecordsMin: 20 });
  fill(segment, count);
  await segment.settled();
  return { segment, info: await writeGraph(env, "graph", segment) };
}

function found(segment: Segment, slot: number): unknown {
  const { count, slots, distances } = segment.graph!.search(segment.vectorOf(slot), 20);
  return [count, [...slots], [...distances]];
}

describe("graph files", () => {
  it("load a graph that answers as before, and takes the slots that were appended since", async () => {
    const env = new MemoryEnv();
    const { segment, info } = await writeSample(env, 300);
    expect(info).toMatchObject({ indexed: 300, capacity: 2_000, seed: 7 });
    const loaded = createSegment(core, { ...OPTIONS, seed: 1_234 });
    fill(loaded, 300);
    await readGraph(env, "graph", loaded, info);
    for (const slot of [0, 123, 299]) expect(found(loaded, slot)).toEqual(found(segment, slot));
    expect(loaded.graphInfo).toEqual(segment.graphInfo);
    fill(loaded, 50, 300);
    await loaded.settled();
    expect(loaded.indexed).toBe(350);
    segment.release();
    loaded.release();
  });

  it("may be behind the parts: the rest is encoded and linked", async () => {
    const env = new MemoryEnv();
    const { segment, info } = await writeSample(env, 100);
    const loaded = createSegment(core, OPTIONS);
    fill(loaded, 180);
    await readGraph(env, "graph", loaded, info);
    expect(loaded.graph!.count).toBe(180);
    await loaded.settled();
    expect([...loaded.graph!.search(loaded.vectorOf(170), 20).slots]).toContain(170);
    segment.release();
    loaded.release();
  });

  it("are written while the builder has work, which goes on afterwards", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core, { ...OPTIONS, graphRecordsMin: 20 });
    fill(segment, 1_000);
    const written = writeGraph(env, "graph", segment);
    fill(segment, 100, 1_000);
    const info = await written;
    expect(info.indexed).toBeLessThan(1_000);
    await segment.settled();
    expect(segment.indexed).toBe(1_100);
    const loaded = createSegment(core, OPTIONS);
    fill(loaded, 1_000);
    await readGraph(env, "graph", loaded, info);
    await loaded.settled();
    expect(loaded.indexed).toBe(1_000);
    segment.release();
    loaded.release();
  });

  it("resume the builder when the disk fails", async () => {
    const env = new MemoryEnv();
    const { segment } = await writeSample(env, 50);
    await expect(writeGraph(env, "graph", segment)).rejects.toMatchObject({ kind: "exists" });
    fill(segment, 10, 50);
    await segment.settled();
    expect(segment.indexed).toBe(60);
    segment.release();
  });
});

describe("a damaged graph file", () => {
  it("is DATA_CORRUPTED and leaves a segment that can make its graph anew", async () => {
    const env = new MemoryEnv();
    const { segment, info } = await writeSample(env, 30);
    const file = await env.openFile("graph");
    const whole = new Uint8Array(await file.size());
    await file.read(whole, 0);
    const loaded = createSegment(core, { ...OPTIONS, graphRecordsMin: 20 });
    const flat = createSegment(core, OPTIONS);
    fill(flat, 30);
    for (let at = 0; at < whole.length; at += at < 64 || at > whole.length - 64 ? 1 : 97) {
      const damaged = whole.slice();
      damaged[at]! ^= 1 << (at % 8);
      await env.remove("damaged");
      const copy = await env.createFile("damaged");
      await copy.write(damaged, 0);
      const outcome = readGraph(env, "damaged", flat, info).then(
        () => "read",
        (error: VecstoreError) => error.reason,
      );
      expect({ at, reason: await outcome }).toEqual({
        at,
        reason: expect.stringMatching(/DATA_CORRUPTED|FORMAT_TOO_NEW/),
      });
      expect(flat.graph).toBeUndefined();
    }
    await readGraph(env, "graph", flat, info);
    expect(flat.indexed).toBe(30);
    for (const owner of [segment, loaded, flat]) owner.release();
  });

  it.each<[string, Partial<GraphFileInfo>]>([
    ["more linked slots than the segment has", { indexed: 31 }],
    ["a capacity below the segment's count", { capacity: 29 }],
    ["a mean of another dimension", { mean: new Float32Array(3) }],
    ["another number of linked slots", { indexed: 29 }],
  ])("is DATA_CORRUPTED when the manifest says %s", async (_, change) => {
    const env = new MemoryEnv();
    const { segment, info } = await writeSample(env, 30);
    const flat = createSegment(core, { ...OPTIONS, graphRecordsMin: 20_000 });
    fill(flat, 30);
    await expect(readGraph(env, "graph", flat, { ...info, ...change })).rejects.toMatchObject({
      reason: "DATA_CORRUPTED",
    });
    expect(flat.graph).toBeUndefined();
    segment.release();
    flat.release();
  });
});
