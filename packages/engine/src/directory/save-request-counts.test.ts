import { describe, expect, it } from "vitest";
import { FaultyEnv } from "../storage/faulty-env.js";
import { copyOf, createMemory, makeRecords, openSmall, withStore } from "./life-fixture.cases.js";
import { completeConfig } from "./open-directory.js";
import { saveRequestCounts } from "./save-request-counts.js";

const COUNTS = { requests: 9, queries: 5, refusals: 2, bytesIn: 1_000, bytesOut: 2 ** 40 };
const OTHER = { name: "other", config: completeConfig({ dimension: 4 }), description: "", labels: {} };

describe("counts of requests that are saved", () => {
  it("are there after a kill, those after them are not, and no log is written when nothing happened", async () => {
    const memory = createMemory();
    await withStore(memory, async ({ directory }) => {
      await directory.createNamespace(OTHER);
      Object.assign(directory.namespaceByName("other").counts, COUNTS);
      await saveRequestCounts(directory);
      const { end } = directory.log;
      await saveRequestCounts(directory);
      expect(directory.log.end).toBe(end);
      directory.namespaceByName("other").counts.requests += 1;
      await withStore(await copyOf(memory), async (again) => {
        expect(again.directory.namespaceByName("other").counts).toEqual(COUNTS);
        expect(again.directory.namespaceByName("default").counts.requests).toBe(0);
      });
    });
  });

  it("never go down: a checkpoint that knows more than an entry behind it holds", async () => {
    const memory = createMemory();
    const { directory } = await openSmall(memory);
    const { counts } = directory.namespaceByName("default");
    Object.assign(counts, COUNTS);
    // The catalog is taken first and gets the counts last, so the entry comes after it and knows less.
    const checkpoint = directory.checkpointer.now();
    const saved = saveRequestCounts(directory);
    counts.requests = 20;
    await Promise.all([checkpoint, saved]);
    counts.requests = 30;
    await directory.checkpointer.now();
    await withStore(await copyOf(memory), async (again) => {
      expect(again.directory.namespaceByName("default").counts).toEqual({ ...COUNTS, requests: 30 });
      again.directory.namespaceByName("default").counts.requests++;
      await saveRequestCounts(again.directory);
      expect(again.directory.catalog.byName("default")?.counts.requests).toBe(31);
    });
    await directory.close();
  });

  it("of a namespace that is deleted are left out, also when the log is read again", async () => {
    const memory = createMemory();
    const { directory } = await openSmall(memory);
    await directory.createNamespace(OTHER);
    Object.assign(directory.namespaceByName("other").counts, COUNTS);
    await saveRequestCounts(directory);
    await directory.deletions.delete("other");
    await saveRequestCounts(directory);
    await directory.createNamespace(OTHER);
    await withStore(await copyOf(memory), async (again) => {
      expect(again.directory.namespaceByName("other").counts.requests).toBe(0);
    });
    await directory.close();
  });

  it("that could not be written are written by the next call", async () => {
    const memory = createMemory();
    const faulty = new FaultyEnv(memory);
    const { directory, store } = await openSmall(faulty);
    await store.upsert(makeRecords(0, 3, 0));
    Object.assign(directory.namespaceByName("default").counts, COUNTS);
    faulty.limitSpace(1);
    await expect(saveRequestCounts(directory)).rejects.toMatchObject({ reason: "DISK_FULL" });
    faulty.heal();
    await saveRequestCounts(directory);
    await withStore(await copyOf(memory), async (again) => {
      expect(again.directory.namespaceByName("default").counts).toEqual(COUNTS);
    });
    await directory.close();
  });
});
