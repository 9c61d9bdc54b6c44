import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { VecstoreError } from "../errors.js";
import { BLOCK_FILE_KINDS, openBlockFile } from "../storage/block-file.js";
import type { Env } from "../storage/env.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { beginGraph, readGraph, writeGraph } from "./graph-file.js";
import { readPart, type StoredPart, storePart, writePart } from "./part-file.js";
import type { Segment } from "./segment.js";
import { createSegment, fill, readAllSlots, recordOf } from "./segment-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const openOn = (env: Env, path: string) => async () => {
  const file = await env.openFile(path);
  return { file, close: (idle: Promise<unknown>) => idle.then(() => file.close()) };
};
const onDisk = (env: Env, path: string, check: StoredPart["check"] = "later"): StoredPart => ({
  open: openOn(env, path),
  check,
});

/** A segment of 600 records in two parts. */
async function writeTwoParts(env: Env, dimension = 4): Promise<Segment> {
  const segment = createSegment(core, { dimension });
  fill(segment, 400);
  await writePart(env, "part-1", segment, 0, 400);
  fill(segment, 200, 400);
  await writePart(env, "part-2", segment, 400, 600);
  return segment;
}

describe("a part whose vectors stay in its file", () => {
  it("gives back every record, beside one that is in memory, and leaves the segment writable", async () => {
    const env = new MemoryEnv();
    const segment = await writeTwoParts(env);
    for (const second of [onDisk(env, "part-2"), undefined]) {
      const loaded = createSegment(core);
      await readPart(env, "part-1", loaded, onDisk(env, "part-1"));
      await readPart(env, "part-2", loaded, second);
      expect(loaded.vectors.storedCount).toBe(second === undefined ? 400 : 600);
      expect(readAllSlots(loaded)).toEqual(readAllSlots(segment));
      fill(loaded, 5, 600);
      expect(loaded.vectorOf(604)).toEqual(recordOf(604, 605).vector);
      await writePart(env, "part-3", loaded, 600, 605);
      await env.remove("part-3");
      loaded.release();
    }
    segment.release();
  });

  it("reads none of its vectors at the opening", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const segment = await writeTwoParts(env, 5_000);
    const { length } = (await env.image(1)).readFile("part-1");
    const loaded = createSegment(core, { dimension: 5_000 });
    const reads = env.count("read");
    await readPart(env, "part-1", loaded, onDisk(env, "part-1"));
    // One window for each block header, and a few for the rest: eight mebibytes would take two reads of 4 MiB.
    expect(length).toBeGreaterThan(7 * 2 ** 20);
    expect(env.count("read") - reads).toBeLessThan(12);
    expect(loaded.vectors.bytes).toBeLessThan(4_000);
    expect(loaded.vectorOf(399)).toEqual(segment.vectorOf(399));
    loaded.release();
    segment.release();
  });

  it("takes the place of the same vectors in memory while the segment is in use", async () => {
    const env = new MemoryEnv();
    const segment = await writeTwoParts(env);
    const before = readAllSlots(segment);
    await storePart(env, "part-1", segment, { fromSlot: 0, toSlot: 400 }, openOn(env, "part-1"));
    expect(segment.vectors.storedCount).toBe(400);
    expect(readAllSlots(segment)).toEqual(before);
    await storePart(env, "part-2", segment, { fromSlot: 400, toSlot: 600 }, openOn(env, "part-2"));
    expect([segment.vectors.storedCount, segment.count]).toEqual([600, 600]);
    expect(readAllSlots(segment)).toEqual(before);
    segment.release();
  });

  it("that cannot be opened leaves the vectors in memory", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const segment = await writeTwoParts(env);
    const before = readAllSlots(segment);
    for (const kind of ["open", "size", "read"] as const) {
      env.fail({ at: 1, kind });
      const stored = storePart(env, "part-1", segment, { fromSlot: 0, toSlot: 400 }, openOn(env, "part-1"));
      await expect(stored).rejects.toMatchObject({ reason: "INTERNAL" });
    }
    // Two more were closed after they were written; one was never opened.
    expect(env.count("close") - 2).toBe(env.count("open") - 1);
    expect(segment.vectors.storedCount).toBe(0);
    expect(readAllSlots(segment)).toEqual(before);
    segment.release();
  });

  it("is checked whole when it is read so, and otherwise when a damaged vector is read", async () => {
    const env = new MemoryEnv();
    const segment = await writeTwoParts(env, 2_000);
    const whole = env.readFile("part-1");
    const damaged = whole.slice();
    damaged[damaged.length >> 1]! ^= 1;
    env.writeFile("part-1", damaged);
    const error = { reason: "DATA_CORRUPTED", details: { file: "part-1" } };
    const checked = createSegment(core, { dimension: 2_000 });
    await expect(readPart(env, "part-1", checked, onDisk(env, "part-1", "whole"))).rejects.toMatchObject(error);
    const loaded = createSegment(core, { dimension: 2_000 });
    await readPart(env, "part-1", loaded, onDisk(env, "part-1"));
    let failed = 0;
    for (let slot = 0; slot < 400; slot++) {
      try {
        const [found, expected] = [loaded.vectorOf(slot), segment.vectorOf(slot)];
        expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(expected.buffer))).toBe(0);
      } catch (thrown) {
        expect(thrown).toMatchObject(error);
        expect(Number((thrown as VecstoreError).details.offset)).toBeGreaterThan(1_000);
        failed++;
      }
    }
    expect(failed).toBe(1);
    for (const one of [checked, loaded, segment]) one.release();
  });

  it("is DATA_CORRUPTED, or gives the right vectors, whichever byte was flipped or wherever it was cut", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    fill(segment, 3);
    await writePart(env, "part", segment, 0, 3);
    const whole = env.readFile("part");
    const reader = await openBlockFile(env, "part", BLOCK_FILE_KINDS.part);
    let block = await reader.next();
    while (block?.type !== 19) block = await reader.next();
    // Nobody looks at the crc of a block that is not read.
    const unused = block.position - 12;
    await reader.close();
    const attempt = async (bytes: Uint8Array, at: number): Promise<void> => {
      env.writeFile("damaged", bytes);
      const loaded = createSegment(core);
      try {
        await readPart(env, "damaged", loaded, onDisk(env, "damaged"));
        for (let slot = 0; slot < 3; slot++) loaded.vectorOf(slot);
        expect(at >= unused && at < unused + 4, `byte ${at}`).toBe(true);
      } catch (error) {
        expect(["DATA_CORRUPTED", "FORMAT_TOO_NEW"], `byte ${at}: ${error}`).toContain((error as VecstoreError).reason);
      }
      loaded.release();
    };
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= 1 << (at % 8);
      await attempt(damaged, at);
      await attempt(whole.slice(0, at), at);
    }
    segment.release();
  });
});

describe("the graph of a segment whose vectors are in files", () => {
  const options = { graphRecordsMin: 100 };

  it("is completed with slots that its file does not link, or made anew", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core, options);
    fill(segment, 400);
    await segment.settled();
    const { bytes: _, ...info } = await writeGraph(env, "graph", segment);
    fill(segment, 200, 400);
    await writePart(env, "part", segment, 0, 600);
    await segment.settled();
    for (const begin of [(one: Segment) => readGraph(env, "graph", one, info), beginGraph]) {
      const loaded = createSegment(core, options);
      await readPart(env, "part", loaded, onDisk(env, "part"));
      await begin(loaded);
      expect(loaded.graph?.count).toBe(600);
      await loaded.settled();
      const query = recordOf(555, 1).vector;
      const find = (one: Segment) => [...one.graph!.search(query, 50).slots.slice(0, 10)];
      expect(find(loaded)).toContain(555);
      fill(loaded, 1, 600);
      expect(loaded.graph?.count).toBe(601);
      loaded.release();
    }
    segment.release();
  });

  it("is not made when a vector is damaged, which is said with the part's name", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core, { ...options, dimension: 500 });
    fill(segment, 200);
    await writePart(env, "part", segment, 0, 200);
    const bytes = env.readFile("part");
    bytes[bytes.length >> 1]! ^= 1;
    env.writeFile("part", bytes);
    const loaded = createSegment(core, { ...options, dimension: 500 });
    await readPart(env, "part", loaded, onDisk(env, "part"));
    await expect(beginGraph(loaded)).rejects.toMatchObject({ reason: "DATA_CORRUPTED", details: { file: "part" } });
    expect(loaded.graph).toBeUndefined();
    loaded.release();
    segment.release();
  });
});
