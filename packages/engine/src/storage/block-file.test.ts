import { expect, it } from "vitest";
import { BLOCK_FILE_KINDS, type BlockInput, openBlockFile, writeBlockFile } from "./block-file.js";
import { FaultyEnv } from "./faulty-env.js";
import { MemoryEnv } from "./memory-env.js";
import { createRandom } from "./random.js";

const { deaths, manifest, part } = BLOCK_FILE_KINDS;

/** docs/format.md, "Worked bytes: a deaths file". */
const WORKED = `
  56 53 54 52  01 00  03 00  00 00 00 00 00 00 00 00
  20 00 00 00  dc c3 8b 52          04 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00
  21 00 00 00  42 73 f6 93          08 00 00 00 00 00 00 00  00 00 00 00 00 00 1c 40
  22 00 00 00  7f ac 2d cb          01 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
  ff ff 00 00  a0 24 f7 57          00 00 00 00 00 00 00 00`;

const WORKED_BLOCKS: readonly BlockInput[] = [
  { type: 32, bytes: new Uint8Array(Uint32Array.of(2).buffer) },
  { type: 33, bytes: new Uint8Array(Float64Array.of(7).buffer) },
  { type: 34, bytes: Uint8Array.of(0) },
];

function patterned(length: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

async function readBlocks(env: MemoryEnv, path: string, kind: 1 | 2 | 3): Promise<BlockInput[]> {
  const reader = await openBlockFile(env, path, kind);
  const blocks: BlockInput[] = [];
  try {
    for (let block = await reader.next(); block !== undefined; block = await reader.next()) {
      blocks.push({ type: block.type, bytes: await block.readAll() });
    }
    return blocks;
  } finally {
    await reader.close();
  }
}

it("writes the worked bytes of docs/format.md", async () => {
  const env = new MemoryEnv();
  const { bytes } = await writeBlockFile(env, "deaths-1", deaths, WORKED_BLOCKS);
  const written = [...env.readFile("deaths-1")].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  expect(written).toBe(WORKED.trim().replace(/\s+/g, " "));
  expect(bytes).toBe(written.split(" ").length);
});

it("reads back blocks of all sizes around the buffers, from any iterable, also when it uses one buffer again", async () => {
  const sizes = [0, 1, 7, 8, 9, 16_000, 65_536, 256 * 1024, 256 * 1024 + 1, 1_048_560, 3_000_001, 5];
  const expected = sizes.map((size, i) => ({ type: 16 + i, bytes: patterned(size, i) }));
  const env = new MemoryEnv();
  const shared = new Uint8Array(4_000_000);
  function* blocks(): Iterable<BlockInput> {
    for (const { type, bytes } of expected) {
      shared.set(bytes);
      yield { type, bytes: shared.subarray(0, bytes.length) };
      shared.fill(0xee);
    }
  }
  const { bytes } = await writeBlockFile(env, "p", part, blocks());
  expect(bytes).toBe(await env.fileSize("p"));
  const found = await readBlocks(env, "p", part);
  expect(found.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
  for (const [i, block] of found.entries()) expect(Buffer.compare(block.bytes, expected[i]!.bytes)).toBe(0);
});

it("reads into a larger target, says where a payload lies, and skips one unread", async () => {
  const env = new MemoryEnv();
  await writeBlockFile(env, "p", part, [
    { type: 19, bytes: patterned(100, 1) },
    { type: 20, bytes: patterned(200, 2) },
    { type: 21, bytes: patterned(10, 3) },
  ]);
  const reader = await openBlockFile(env, "p", part);
  const first = (await reader.next())!;
  expect(first.position).toBe(32);
  first.skip();
  const second = (await reader.next())!;
  const target = new Uint8Array(300).fill(9);
  await second.readInto(target);
  expect(target.subarray(0, 200)).toEqual(patterned(200, 2));
  expect(target[200]).toBe(9);
  expect(await second.readAll()).toEqual(patterned(200, 2));
  await expect(second.readInto(new Uint8Array(199))).rejects.toMatchObject({ reason: "INTERNAL" });
  expect((await reader.next())?.type).toBe(21);
  expect(await reader.next()).toBeUndefined();
  expect(await reader.next()).toBeUndefined();
  await reader.close();
});

it("finds every flipped bit", async () => {
  const env = new MemoryEnv();
  await writeBlockFile(env, "d", deaths, WORKED_BLOCKS);
  const whole = env.readFile("d");
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const damaged = whole.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    env.writeFile("d", damaged);
    // A larger version is taken at its word.
    const reason = bit >> 3 === 4 || bit >> 3 === 5 ? /DATA_CORRUPTED|FORMAT_TOO_NEW/ : /DATA_CORRUPTED/;
    await expect(readBlocks(env, "d", deaths), `bit ${bit}`).rejects.toMatchObject({
      reason: expect.stringMatching(reason),
      details: { file: "d" },
    });
  }
});

it("finds a file cut at any byte, and bytes behind the end", async () => {
  const env = new MemoryEnv();
  await writeBlockFile(env, "d", deaths, WORKED_BLOCKS);
  const whole = env.readFile("d");
  for (let length = 0; length < whole.length; length++) {
    env.writeFile("d", whole.subarray(0, length));
    await expect(readBlocks(env, "d", deaths), `length ${length}`).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
  }
  env.writeFile("d", Uint8Array.of(...whole, 0));
  await expect(readBlocks(env, "d", deaths)).rejects.toMatchObject({
    reason: "DATA_CORRUPTED",
    details: { offset: String(whole.length) },
  });
});

it("checks a block that nobody read", async () => {
  const env = new MemoryEnv();
  await writeBlockFile(env, "p", part, [{ type: 19, bytes: patterned(200_000, 1) }]);
  const damaged = env.readFile("p");
  damaged[150_000]! ^= 1;
  env.writeFile("p", damaged);
  const reader = await openBlockFile(env, "p", part);
  expect((await reader.next())?.length).toBe(200_000);
  await expect(reader.next()).rejects.toMatchObject({ reason: "DATA_CORRUPTED", details: { offset: "32" } });
});

it("refuses a newer format with both versions, another kind, and an absent file", async () => {
  const env = new MemoryEnv();
  await writeBlockFile(env, "d", deaths, WORKED_BLOCKS);
  await expect(openBlockFile(env, "d", manifest)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
  await expect(openBlockFile(env, "e", manifest)).rejects.toMatchObject({ kind: "not_found" });
  const newer = env.readFile("d");
  newer[4] = 2;
  env.writeFile("d", newer);
  await expect(openBlockFile(env, "d", deaths)).rejects.toMatchObject({
    reason: "FORMAT_TOO_NEW",
    details: { found: "2", known: "1" },
  });
});

it("leaves no half file behind, whatever operation fails, and never an unsynced whole one", async () => {
  const blocks = [{ type: 19, bytes: patterned(2_000_000, 1) }, ...WORKED_BLOCKS];
  for (let at = 1; ; at++) {
    const env = new FaultyEnv(new MemoryEnv());
    env.fail({ at });
    const failed = await writeBlockFile(env, "p", part, blocks).then(
      () => false,
      () => true,
    );
    if (!failed) break;
    expect(await env.exists("p"), `operation ${at}`).toBe(false);
  }
  const env = new FaultyEnv(new MemoryEnv());
  await writeBlockFile(env, "p", part, blocks);
  await env.syncDirectory("");
  for (let seed = 0; seed < 20; seed++) expect(await readBlocks(env.crash(seed), "p", part)).toHaveLength(4);
});

it("removes the half file when the disk is full or the blocks cannot be made", async () => {
  const env = new FaultyEnv(new MemoryEnv());
  env.limitSpace(1000);
  await expect(writeBlockFile(env, "p", part, [{ type: 19, bytes: new Uint8Array(5000) }])).rejects.toMatchObject({
    reason: "DISK_FULL",
  });
  expect(await env.exists("p")).toBe(false);
  const blocks = function* (): Iterable<BlockInput> {
    yield { type: 1, bytes: new Uint8Array(1) };
    throw new Error("from the caller");
  };
  await expect(writeBlockFile(env, "p", part, blocks())).rejects.toThrow("from the caller");
  expect(await env.exists("p")).toBe(false);
});

it("does not touch a file that is there", async () => {
  const env = new MemoryEnv();
  env.writeFile("p", Uint8Array.of(1));
  await expect(writeBlockFile(env, "p", part, [])).rejects.toMatchObject({ kind: "exists" });
  expect(env.readFile("p")).toEqual(Uint8Array.of(1));
});
