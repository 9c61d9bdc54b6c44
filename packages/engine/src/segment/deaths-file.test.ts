import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { BLOCK_FILE_KINDS, writeBlockFile } from "../storage/block-file.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { readDeaths, writeDeaths } from "./deaths-file.js";
import type { Segment } from "./segment.js";
import { createRandom, createSegment, fill } from "./segment-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

function deathsOf(segment: Segment): unknown[] {
  return Array.from({ length: segment.count }, (_, slot) => [segment.deathOf(slot), segment.isSoft(slot)]);
}

describe("deaths files", () => {
  it("give back every death, soft or for good (seed 3)", async () => {
    const env = new MemoryEnv();
    const random = createRandom(3);
    const segment = createSegment(core);
    const loaded = createSegment(core);
    fill(segment, 2_000);
    fill(loaded, 2_000);
    for (let i = 0; i < 700; i++) segment.kill(Math.floor(random() * 2_000), 2_000 + i, random() < 0.5);
    await writeDeaths(env, "deaths", segment);
    await readDeaths(env, "deaths", loaded);
    expect(deathsOf(loaded)).toEqual(deathsOf(segment));
    expect([loaded.liveCount, loaded.softCount, loaded.deadCount]).toEqual([
      segment.liveCount,
      segment.softCount,
      segment.deadCount,
    ]);
    segment.release();
    loaded.release();
  });

  it("hold the deaths of the moment of the call", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    const loaded = createSegment(core);
    fill(segment, 5);
    fill(loaded, 5);
    segment.kill(1, 6, true);
    const written = writeDeaths(env, "deaths", segment);
    segment.kill(2, 7, false);
    segment.harden(1);
    await written;
    await readDeaths(env, "deaths", loaded);
    expect([loaded.deathOf(1), loaded.isSoft(1), loaded.deathOf(2)]).toEqual([6, true, 0]);
    segment.release();
    loaded.release();
  });

  it("may be empty", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    await writeDeaths(env, "deaths", segment);
    await readDeaths(env, "deaths", segment);
    expect(segment.liveCount).toBe(0);
    segment.release();
  });

  it("are the worked bytes of docs/format.md", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    fill(segment, 3);
    segment.kill(2, 7, false);
    const { bytes } = await writeDeaths(env, "deaths", segment);
    const file = await env.openFile("deaths");
    const content = new Uint8Array(bytes);
    await file.read(content, 0);
    const hex = Buffer.from(content).toString("hex");
    const zeros = (count: number) => "00".repeat(count);
    const block = (type: string, length: string, payload: string) => `${type}0000.{8}${length}${zeros(7)}${payload}`;
    const slots = block("2000", "04", `02000000${zeros(4)}`);
    const sequences = block("2100", "08", `${zeros(6)}1c40`);
    const soft = block("2200", "01", zeros(8));
    const end = block("ffff", "00", "");
    expect(hex).toMatch(new RegExp(`^5653545201000300${zeros(8)}${slots}${sequences}${soft}${end}$`));
    segment.release();
  });

  const f64 = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
  const u32 = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
  it.each<[string, Uint8Array, Uint8Array, Uint8Array]>([
    ["a slot beyond the last", u32(1, 5), f64(6, 7), Uint8Array.of(0, 0)],
    ["slots out of order", u32(3, 1), f64(6, 7), Uint8Array.of(0, 0)],
    ["a slot twice", u32(1, 1), f64(6, 7), Uint8Array.of(0, 0)],
    ["part of a slot", new Uint8Array(6), f64(6), Uint8Array.of(0)],
    ["too few sequences", u32(1, 2), f64(6), Uint8Array.of(0, 0)],
    ["sequence 0", u32(1), f64(0), Uint8Array.of(0)],
    ["a sequence that is no integer", u32(1), f64(Number.NaN), Uint8Array.of(0)],
    ["a flag of 2", u32(1), f64(6), Uint8Array.of(2)],
  ])("are DATA_CORRUPTED with %s, and kill nothing", async (_, slots, sequences, soft) => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    fill(segment, 5);
    await writeBlockFile(env, "deaths", BLOCK_FILE_KINDS.deaths, [
      { type: 32, bytes: slots },
      { type: 33, bytes: sequences },
      { type: 34, bytes: soft },
    ]);
    await expect(readDeaths(env, "deaths", segment)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
    expect(segment.liveCount).toBe(5);
    segment.release();
  });
});
