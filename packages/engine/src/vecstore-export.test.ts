import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ExportChunk, type ExportRequest, MemoryEnv, type RecordInput, VecStore } from "./index.js";

const COUNT = 2_500;
/** In the order of their bytes. */
const idOf = (n: number) => `r${String(n).padStart(5, "0")}`;

function recordOf(n: number): RecordInput {
  return {
    id: idOf(n),
    vector: Float32Array.of(Math.fround(Math.sin(n)), n % 2 === 0 ? -0 : 1e-40, n),
    metadata: { n, kind: n % 3 === 0 ? "third" : "other", nested: { é: [n, null, true] } },
    ...(n % 5 === 0 && { sparse: { indices: [n, 4_294_967_295], values: [0.1, -n - 1] } }),
    ...(n % 7 === 0 && { text: `text ${n} 😀` }),
    ...(n % 11 === 0 && { expiresAtMs: 253_402_300_799_999 - n }),
  };
}

let store: VecStore;
beforeEach(async () => {
  store = await VecStore.open("db", { env: new MemoryEnv(), threads: 0, metric: "euclidean" });
  for (let from = 0; from < COUNT; from += 500) {
    await store.upsert(Array.from({ length: 500 }, (_, i) => recordOf(COUNT - 1 - from - i)));
  }
});
afterEach(() => store.close());

async function read(request: ExportRequest = {}): Promise<ExportChunk[]> {
  const chunks = [];
  for await (const chunk of store.export(request)) chunks.push(chunk);
  return chunks;
}

const idsOf = (chunks: readonly ExportChunk[]) => chunks.flatMap(({ records }) => records.map(({ id }) => id));
const bitsOf = (vector: unknown) => Buffer.from((vector as Float32Array).buffer).toString("hex");

describe("an export", () => {
  it("gives every record once, by ascending id, bit for bit as it was written", async () => {
    const records = (await read()).flatMap((chunk) => chunk.records);
    expect(records).toHaveLength(COUNT);
    for (const [n, { version, vector, sparse, ...rest }] of records.entries()) {
      const { vector: written, sparse: writtenSparse, ...others } = recordOf(n);
      expect(rest).toEqual(others);
      expect(version).toBeGreaterThan(0);
      expect(bitsOf(vector)).toBe(bitsOf(written));
      expect(sparse && [...sparse.values]).toEqual(writtenSparse && [...Float32Array.from(writtenSparse.values)]);
      expect(sparse && [...sparse.indices]).toEqual(writtenSparse?.indices);
    }
  });

  it("goes on after each of its tokens, to the same end", async () => {
    const chunks = await read();
    expect(chunks.length).toBeGreaterThan(2);
    const all = idsOf(chunks);
    let seen = 0;
    for (const { records, resumeToken } of chunks) {
      seen += records.length;
      expect(idsOf(await read({ resumeToken }))).toEqual(all.slice(seen));
    }
  });

  it("ends with one empty chunk where nothing is left, whose token is the one given", async () => {
    const last = (await read()).at(-1)!;
    const rest = await read({ resumeToken: last.resumeToken });
    expect(rest).toEqual([{ records: [], resumeToken: last.resumeToken, sequence: last.sequence }]);
    expect(await read({ prefix: "no" })).toEqual([{ records: [], resumeToken: "", sequence: last.sequence }]);
  });

  it.each([
    [{ prefix: "r0012" }, (n: number) => n >= 120 && n < 130],
    [{ filter: "kind = 'third'" }, (n: number) => n % 3 === 0],
    [{ filter: "n < 1000", prefix: "r009" }, (n: number) => n >= 900 && n < 1_000],
    [{ filter: "n < 0" }, () => false],
  ])("by %j gives those that match, also from a token on", async (request, isWanted) => {
    const wanted = Array.from({ length: COUNT }, (_, n) => n)
      .filter(isWanted)
      .map(idOf);
    const chunks = await read(request);
    expect(idsOf(chunks)).toEqual(wanted);
    const [{ resumeToken, records }] = chunks as [ExportChunk];
    expect(idsOf(await read({ ...request, resumeToken }))).toEqual(wanted.slice(records.length));
  });

  it("leaves out what it is told to", async () => {
    const [chunk] = await read({ includeMetadata: false, includeVector: false, includeText: false });
    expect(Object.keys(chunk!.records[35]!).sort()).toEqual(["id", "version"]);
    expect(Object.keys(chunk!.records[55]!).sort()).toEqual(["expiresAtMs", "id", "version"]);
  });

  it("is of the moment it began, whatever is written, deleted and merged meanwhile", async () => {
    const before = idsOf(await read());
    const reading = store.export();
    const first = (await reading.next()).value as ExportChunk;
    await store.upsert([{ id: "r00000a", vector: [1, 1, 1] }, recordOf(COUNT)]);
    await store.upsert([{ id: idOf(COUNT - 1), vector: [9, 9, 9], metadata: { changed: true } }]);
    await store.delete({ filter: "n >= 2000" });
    await store.softDelete({ ids: [idOf(1_999)] });
    await store.compact();
    const rest = [];
    for await (const chunk of reading) rest.push(chunk);
    expect(idsOf([first, ...rest])).toEqual(before);
    expect(rest.at(-1)!.records.at(-1)!.metadata).toMatchObject({ n: COUNT - 1 });
    expect(rest.every(({ sequence }) => sequence === first.sequence)).toBe(true);
    expect(idsOf(await read())).toHaveLength(2_000 - 1 + 2);
  });

  it("makes chunks of about 128 KiB, or of one larger record", async () => {
    const text = "x".repeat(100 * 1024);
    await store.upsert(Array.from({ length: 5 }, (_, n) => ({ id: `t${n}`, text })));
    await store.upsert([{ id: "t5", text: text.repeat(10) }]);
    expect((await read({ prefix: "t" })).map(({ records }) => records.length)).toEqual([2, 2, 2]);
    const small = await read({ prefix: "r", includeVector: false, includeMetadata: false, includeText: false });
    expect(small.map(({ records }) => records.length)).toEqual([1_000, 1_000, 500]);
  });

  it("stops between two chunks when it is canceled", async () => {
    const controller = new AbortController();
    const reading = store.export({ signal: controller.signal });
    await reading.next();
    controller.abort();
    await expect(reading.next()).rejects.toMatchObject({ reason: "CANCELED" });
    expect(await reading.next()).toEqual({ done: true, value: undefined });
  });

  it("refuses at once a token of another export, of a list, or of nobody", async () => {
    const [{ resumeToken }] = (await read({ prefix: "r" })) as [ExportChunk];
    const { nextPageToken } = await store.list({ prefix: "r" });
    const wrong: ExportRequest[] = [
      { resumeToken },
      { prefix: "r", filter: "n = 1", resumeToken },
      { prefix: "r", resumeToken: nextPageToken! },
      { resumeToken: "x" },
      { resumeToken: "é" },
    ];
    for (const request of wrong) {
      expect(() => store.export(request)).toThrow(expect.objectContaining({ reason: "INVALID_PAGE_TOKEN" }));
    }
    expect(() => store.export({ filter: "n =" })).toThrow(expect.objectContaining({ reason: "INVALID_FILTER" }));
    expect(() => store.export({ prefix: "\ud800" })).toThrow(expect.objectContaining({ reason: "INVALID_ARGUMENT" }));
    await expect(store.list({ prefix: "r", pageToken: resumeToken })).rejects.toMatchObject({
      reason: "INVALID_PAGE_TOKEN",
    });
  });

  it("ends with the store", async () => {
    const reading = store.export();
    await reading.next();
    await store.close();
    await expect(reading.next()).rejects.toMatchObject({ reason: "STORE_CLOSED" });
    expect(() => store.export()).toThrow(expect.objectContaining({ reason: "STORE_CLOSED" }));
  });
});
