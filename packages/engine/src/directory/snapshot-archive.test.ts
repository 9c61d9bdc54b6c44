import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryEnv, type SnapshotChunk, VecStore } from "../index.js";

let env: MemoryEnv;
let store: VecStore;
beforeEach(async () => {
  env = new MemoryEnv();
  store = await VecStore.open("db", { env, threads: 0 });
  const vector = (n: number) => Float32Array.from({ length: 256 }, (_, i) => n + i / 7);
  for (let batch = 0; batch < 2; batch++) {
    await store.upsert(Array.from({ length: 500 }, (_, n) => ({ id: `r${batch}-${n}`, vector: vector(n) })));
    await store.createSnapshot(`s${batch}`);
  }
});
afterEach(() => store.close());

async function download(name: string, offset = 0): Promise<SnapshotChunk[]> {
  const chunks = [];
  for await (const chunk of store.downloadSnapshot(name, { offset })) chunks.push(chunk);
  return chunks;
}

const bytesOf = (chunks: readonly SnapshotChunk[]) => Buffer.concat(chunks.map(({ data }) => data));

/** The files in an archive, by path, as POSIX says that they lie there. */
function unpack(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const field = (at: number, length: number) => archive.toString("latin1", at, at + length).split("\0", 1)[0]!;
  let at = 0;
  while (archive[at] !== 0) {
    const size = Number.parseInt(field(at + 124, 12), 8);
    files.set(`${field(at + 345, 155)}/${field(at, 100)}`, archive.subarray(at + 512, at + 512 + size));
    at += 512 + 512 * Math.ceil(size / 512);
  }
  expect(archive.subarray(at)).toEqual(Buffer.alloc(1_024));
  return files;
}

describe("the archive of a snapshot", () => {
  it("comes in chunks of at most 256 KiB that add up, each with the checksum so far", async () => {
    const chunks = await download("s1");
    expect(chunks.length).toBeGreaterThan(4);
    let seen = Buffer.alloc(0);
    for (const { data, crc32, totalBytes, snapshot } of chunks) {
      expect(data.length).toBeLessThanOrEqual(256 * 1024);
      seen = Buffer.concat([seen, data]);
      expect(crc32).toBe(env.crc32(seen));
      expect([totalBytes, snapshot.name, snapshot.vectorCount]).toEqual([chunks[0]!.totalBytes, "s1", 1_000]);
    }
    expect(seen.length).toBe(chunks[0]!.totalBytes);
  });

  it("goes on at any byte, to the same bytes and checksum", async () => {
    const whole = await download("s1");
    const bytes = bytesOf(whole);
    const last = whole.at(-1)!;
    for (const offset of [0, 1, 511, 512, 300_000, bytes.length - 1, bytes.length]) {
      const rest = await download("s1", offset);
      expect(bytesOf(rest).equals(bytes.subarray(offset)), String(offset)).toBe(true);
      expect([rest.at(-1)!.crc32, rest[0]!.totalBytes]).toEqual([last.crc32, last.totalBytes]);
    }
    for (const offset of [-1, 0.5, bytes.length + 1]) {
      await expect(download("s1", offset)).rejects.toMatchObject({ reason: "LIMIT_OUT_OF_RANGE" });
    }
  });

  it("is a snapshot again where it is unpacked", async () => {
    const files = unpack(bytesOf(await download("s0")));
    expect([...files.keys()].at(-1)).toBe("s0/snapshot");
    await store.deleteSnapshot("s0");
    await env.makeDirectory("db/ns/1/snapshots/s0");
    for (const [path, bytes] of files) {
      const file = await env.createFile(`db/ns/1/snapshots/${path}`);
      await file.write(bytes, 0);
      await file.close();
    }
    expect((await store.listSnapshots()).map(({ name }) => name)).toEqual(["s0", "s1"]);
    expect((await store.restoreSnapshot("s0")).vectorCount).toBe(500);
    expect(await store.count()).toBe(500);
  });

  it("ends when the snapshot is deleted, the caller cancels or the store closes", async () => {
    await expect(download("none")).rejects.toMatchObject({ reason: "SNAPSHOT_NOT_FOUND" });
    expect(() => store.downloadSnapshot("../s0")).toThrow(expect.objectContaining({ reason: "INVALID_NAME" }));
    const controller = new AbortController();
    const canceled = store.downloadSnapshot("s0", { signal: controller.signal });
    await canceled.next();
    controller.abort();
    await expect(canceled.next()).rejects.toMatchObject({ reason: "CANCELED" });
    const deleted = store.downloadSnapshot("s0");
    await deleted.next();
    await store.deleteSnapshot("s0");
    await expect(drain(deleted)).rejects.toMatchObject({ reason: "SNAPSHOT_NOT_FOUND" });
    const closed = store.downloadSnapshot("s1");
    await closed.next();
    await store.close();
    await expect(drain(closed)).rejects.toMatchObject({ reason: "STORE_CLOSED" });
  });
});

async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks);
}
