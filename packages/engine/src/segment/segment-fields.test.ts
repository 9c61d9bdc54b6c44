import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { SlotSet } from "../core/slot-set.js";
import { parseFilter } from "../filter/parser.js";
import { FilterResolver } from "../filter/resolve/filter-resolver.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { MergeJob } from "./merge.js";
import { readPart, writePart } from "./part-file.js";
import type { Segment } from "./segment.js";
import { createSegment, fill, recordOf } from "./segment-fixture.cases.js";
import { memoryOf } from "./segment-memory.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

/** Slots whose `i` is at least 5, of those that are filled. */
function matchesOf(segment: Segment): number[] {
  const matches = new SlotSet(segment.filled);
  new FilterResolver(parseFilter("i >= 5"), segment.fields, segment).resolve(0, matches);
  const found: number[] = [];
  matches.forEach((slot) => {
    found.push(slot);
  });
  return found;
}

/** Lets background work run until it has nothing left to do. */
async function turns(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !isDone(); turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("the field columns of a segment", () => {
  it("hold a record as soon as it is appended", () => {
    const segment = createSegment(core);
    fill(segment, 12);
    expect(segment.filled).toBe(12);
    expect(matchesOf(segment)).toEqual([5, 7, 8, 10, 11]);
    expect(memoryOf(segment).metadata).toBeGreaterThan(segment.fields.bytes);
    segment.release();
  });

  it("are filled in the background after a part was read", async () => {
    const env = new MemoryEnv();
    await env.makeDirectory("/d");
    const source = createSegment(core);
    fill(source, 400);
    await writePart(env, "/d/part", source, 0, 400);
    const loaded = createSegment(core);
    await readPart(env, "/d/part", loaded);
    expect(loaded.filled).toBe(0);
    loaded.fillInBackground();
    loaded.fillInBackground();
    expect(loaded.filled).toBe(0);
    await turns(() => loaded.filled === 400);
    expect(matchesOf(loaded)).toEqual(matchesOf(source));
    source.release();
    loaded.release();
  });

  it("are filled by a merge", () => {
    const source = createSegment(core);
    fill(source, 40);
    source.kill(6, 100, false);
    const target = createSegment(core);
    const job = new MergeJob([source], target);
    job.finish();
    expect(target.filled).toBe(39);
    expect(matchesOf(target).length).toBe(matchesOf(source).length);
    source.release();
    target.release();
  });

  it("leave large metadata for later turns, and then follow the writer again", async () => {
    const segment = createSegment(core);
    const metadata = new TextEncoder().encode(JSON.stringify({ i: 9, text: "x".repeat(30_000) }));
    segment.append({ ...recordOf(1, 1), metadata });
    expect(segment.filled).toBe(0);
    await turns(() => segment.filled === 1);
    segment.append(recordOf(7, 2));
    expect(segment.filled).toBe(2);
    expect(matchesOf(segment)).toEqual([0, 1]);
    segment.release();
  });

  it("are left alone once the segment is released", async () => {
    const segment = createSegment(core);
    const metadata = new TextEncoder().encode(JSON.stringify({ text: "x".repeat(30_000) }));
    segment.append({ ...recordOf(1, 1), metadata });
    segment.release();
    expect(segment.fillFields(1)).toBe(false);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(segment.filled).toBe(0);
  });
});
