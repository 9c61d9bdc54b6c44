import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { VecstoreError } from "../errors.js";
import { encodeUtf8 } from "../metadata/utf8.js";
import { encodeSparse } from "../sparse/codec.js";
import { BLOCK_FILE_KINDS, type BlockInput, openBlockFile, writeBlockFile } from "../storage/block-file.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { readPart, writePart } from "./part-file.js";
import { createSegment, fill, readAllSlots, recordOf } from "./segment-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

async function bytesOf(env: MemoryEnv, path: string): Promise<Uint8Array> {
  const file = await env.openFile(path);
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  await file.close();
  return bytes;
}

async function put(env: MemoryEnv, path: string, bytes: Uint8Array): Promise<void> {
  await env.remove(path);
  const file = await env.createFile(path);
  await file.write(bytes, 0);
  await file.close();
}

async function blocksOf(env: MemoryEnv, path: string): Promise<BlockInput[]> {
  const reader = await openBlockFile(env, path, BLOCK_FILE_KINDS.part);
  const blocks: BlockInput[] = [];
  for (let block = await reader.next(); block; block = await reader.next()) {
    blocks.push({ type: block.type, bytes: await block.readAll() });
  }
  await reader.close();
  return blocks;
}

describe("part files", () => {
  it("give back every record, in two parts, and leave the segment writable", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    fill(segment, 500);
    await writePart(env, "part-1", segment, 0, 300);
    fill(segment, 100, 450);
    const { bytes } = await writePart(env, "part-2", segment, 300, 600);
    expect(bytes).toBe(await env.fileSize("part-2"));
    const loaded = createSegment(core, { seed: 99 });
    await readPart(env, "part-1", loaded);
    expect(loaded.count).toBe(300);
    await readPart(env, "part-2", loaded);
    expect(readAllSlots(loaded)).toEqual(readAllSlots(segment));
    for (let i = 0; i < 551; i++) expect(loaded.find(`record-${i}`)).toBe(segment.find(`record-${i}`));
    fill(loaded, 3, 1_000);
    expect(loaded.find("record-1002")).toBe(602);
    expect(loaded.textOf(602)).toBe("text of 1002 ☃");
    segment.release();
    loaded.release();
  });

  it("hold the slots asked for, also when more are appended and killed while they are written", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    fill(segment, 200);
    const before = readAllSlots(segment);
    const written = writePart(env, "part", segment, 0, 200);
    fill(segment, 5_000, 200);
    segment.kill(3, 9_000, false);
    await written;
    const loaded = createSegment(core);
    await readPart(env, "part", loaded);
    expect(readAllSlots(loaded)).toEqual(before);
    segment.release();
    loaded.release();
  });

  it("leave out metadata, text, sparse vectors and times that no record has, and tell empty text from none", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    const bare = { metadata: new Uint8Array(0), text: undefined, sparse: undefined, expiresAtMs: 0 };
    for (let i = 0; i < 5; i++) segment.append({ ...recordOf(i, 1), ...bare });
    segment.append({ ...recordOf(5, 1), ...bare, text: "" });
    segment.append({ ...recordOf(6, 1), ...bare, metadata: encodeUtf8("{}") });
    segment.append({ ...recordOf(7, 1), ...bare, sparse: encodeSparse({ indices: [9], values: [2] }) });
    segment.append({ ...recordOf(8, 1), ...bare, expiresAtMs: 5_000 });
    for (let i = 0; i < 5; i++) await writePart(env, `part-${i}`, segment, [0, 5, 6, 7, 8][i]!, [5, 6, 7, 8, 9][i]!);
    const types = await Promise.all(
      [0, 1, 2, 3, 4].map(async (i) => (await blocksOf(env, `part-${i}`)).map(({ type }) => type)),
    );
    expect(types).toEqual([
      [16, 17, 18, 19, 64, 20],
      [16, 17, 18, 19, 64, 20, 23, 24],
      [16, 17, 18, 19, 64, 20, 21, 22],
      [16, 17, 18, 19, 64, 20, 27, 28],
      [16, 17, 18, 19, 64, 20, 29],
    ]);
    const loaded = createSegment(core);
    for (let i = 0; i < 5; i++) await readPart(env, `part-${i}`, loaded);
    expect(readAllSlots(loaded)).toEqual(readAllSlots(segment));
    segment.release();
    loaded.release();
  });

  it("hold records without vectors, and no block of them", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core, { dimension: 0 });
    fill(segment, 40);
    await writePart(env, "part", segment, 0, 40);
    expect((await blocksOf(env, "part")).some(({ type }) => type === 19)).toBe(false);
    const loaded = createSegment(core, { dimension: 0 });
    await readPart(env, "part", loaded);
    expect(readAllSlots(loaded)).toEqual(readAllSlots(segment));
    const other = createSegment(core);
    await expect(readPart(env, "part", other)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
    for (const one of [segment, loaded, other]) one.release();
  });

  it("cut vectors and bytes into blocks of at most 4 MiB, which are joined again", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core, { dimension: 3_000 });
    const text = "long text ☃ ".repeat(60_000);
    for (let i = 0; i < 800; i++) {
      const id = `${i}`.padEnd(400, "é");
      segment.append({
        ...recordOf(i, i, 3_000),
        id: id.slice(0, 256),
        text: i % 100 === 7 ? text.slice(0, 720_000 - i) : undefined,
      });
    }
    await writePart(env, "part", segment, 0, 800);
    const blocks = await blocksOf(env, "part");
    for (const [type, least] of [
      [18, 2],
      [19, 3],
      [25, 3],
    ]) {
      expect(blocks.filter((block) => block.type === type).length).toBeGreaterThanOrEqual(least!);
    }
    expect(Math.max(...blocks.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(4 * 1024 * 1024);
    const loaded = createSegment(core, { dimension: 3_000 });
    await readPart(env, "part", loaded);
    for (const slot of [0, 349, 350, 799]) expect(loaded.vectorOf(slot)).toEqual(segment.vectorOf(slot));
    for (let slot = 0; slot < 800; slot++) {
      expect(loaded.textOf(slot) === segment.textOf(slot)).toBe(true);
      expect(loaded.find(segment.idOf(slot))).toBe(slot);
    }
    segment.release();
    loaded.release();
  });
});

describe("a damaged part file", () => {
  it("is DATA_CORRUPTED, whichever byte was flipped or wherever it was cut", async () => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    fill(segment, 3);
    await writePart(env, "part", segment, 0, 3);
    const whole = await bytesOf(env, "part");
    const reasonOf = async (bytes: Uint8Array): Promise<string> => {
      await put(env, "damaged", bytes);
      const loaded = createSegment(core);
      const outcome = readPart(env, "damaged", loaded).then(
        () => "read",
        (error: VecstoreError) => error.reason,
      );
      const reason = await outcome;
      loaded.release();
      return reason;
    };
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= 1 << (at % 8);
      // Bytes 4 and 5 are the version: a higher one is a newer program's file.
      expect({ at, reason: await reasonOf(damaged) }).toEqual({
        at,
        reason: at === 4 || at === 5 ? expect.stringMatching(/DATA_CORRUPTED|FORMAT_TOO_NEW/) : "DATA_CORRUPTED",
      });
      expect(await reasonOf(whole.slice(0, at))).toBe("DATA_CORRUPTED");
    }
    segment.release();
  });

  const f64 = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
  const u32 = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
  it.each<[string, number, Uint8Array | undefined]>([
    ["another first slot", 16, u32(1, 4, 4, 0)],
    ["no slots", 16, u32(0, 0, 4, 0)],
    ["more slots", 16, u32(0, 4, 4, 0)],
    ["another dimension", 16, u32(0, 3, 5, 0)],
    ["a reserved field in use", 16, u32(0, 3, 4, 1)],
    ["a short range", 16, u32(0, 3)],
    ["an empty id", 17, u32(8, 8, 24)],
    ["falling id ends", 17, u32(8, 4, 24)],
    ["a long id", 17, u32(8, 16, 600)],
    ["fewer id bytes", 17, u32(8, 16, 25)],
    ["more id bytes", 17, u32(8, 16, 23)],
    ["part of a vector", 19, new Uint8Array(4)],
    ["no vectors", 19, undefined],
    ["too many vectors", 19, new Uint8Array(64)],
    ["no checksums", 64, undefined],
    ["too many checksums", 64, u32(1, 2)],
    ["a version that is no sequence", 20, f64(1, 1.5, 2)],
    ["a version of NaN", 20, f64(1, Number.NaN, 2)],
    ["falling metadata ends", 21, f64(0, -1, 3)],
    ["metadata ends of NaN", 21, f64(0, Number.NaN, 3)],
    ["no metadata bytes", 22, undefined],
    ["no text presence", 24, undefined],
    ["fewer text bytes", 25, new Uint8Array(1)],
    ["a time before 1970", 29, f64(0, -1, 5)],
    ["a time of NaN", 29, f64(0, Number.NaN, 5)],
    ["a time between milliseconds", 29, f64(0, 0, 1.5)],
    ["fewer times", 29, f64(0, 5)],
    ["a block of another kind", 18, undefined],
  ])("is DATA_CORRUPTED with a valid crc too: %s", async (_, type, bytes) => {
    const env = new MemoryEnv();
    const segment = createSegment(core);
    fill(segment, 2);
    segment.append({ ...recordOf(2, 3), expiresAtMs: 5 });
    await writePart(env, "part", segment, 0, 3);
    const changed = (await blocksOf(env, "part")).flatMap((block) => {
      if (block.type !== type) return [block];
      return bytes === undefined ? [] : [{ type, bytes }];
    });
    await writeBlockFile(env, "changed", BLOCK_FILE_KINDS.part, changed);
    const loaded = createSegment(core);
    await expect(readPart(env, "changed", loaded)).rejects.toMatchObject({
      reason: "DATA_CORRUPTED",
      details: { file: "changed" },
    });
    loaded.release();
    segment.release();
  });
});
