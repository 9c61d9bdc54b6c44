import { describe, expect, it } from "vitest";
import { FaultyEnv } from "../storage/faulty-env.js";
import type { DataDirectory } from "./data-directory.js";
import { copyOf, createMemory, makeRecords, openSmall, withStore } from "./life-fixture.cases.js";
import { completeConfig } from "./open-directory.js";

const COUNTS = { requests: 9, queries: 5, refusals: 2, bytesIn: 1_000, bytesOut: 2 ** 40 };
const OTHER = { name: "other", config: completeConfig({ dimension: 4 }), description: "", labels: {} };

const countsOf = (directory: DataDirectory, name: string) =>
  directory.requests.at(directory.namespaceByName(name).number);

describe("counts of requests that are saved", () => {
  it("are there after a kill, those after them are not, and no log is written when nothing happened", async () => {
    const memory = createMemory();
    await withStore(memory, async ({ directory }) => {
      await directory.createNamespace(OTHER);
      Object.assign(countsOf(directory, "other"), COUNTS);
      await directory.requests.save(directory);
      const { end } = directory.log;
      await directory.requests.save(directory);
      expect(directory.log.end).toBe(end);
      countsOf(directory, "other").requests += 1;
      await withStore(await copyOf(memory), async (again) => {
        expect(countsOf(again.directory, "other")).toEqual(COUNTS);
        expect(countsOf(again.directory, "default").requests).toBe(0);
      });
    });
  });

  it("never go down: a checkpoint that knows more than an entry behind it holds", async () => {
    const memory = createMemory();
    const { directory } = await openSmall(memory);
    const counts = countsOf(directory, "default");
    Object.assign(counts, COUNTS);
    // The catalog is taken first and gets the counts last, so the entry comes after it and knows less.
    const checkpoint = directory.checkpointer.now();
    const saved = directory.requests.save(directory);
    counts.requests = 20;
    await Promise.all([checkpoint, saved]);
    counts.requests = 30;
    await directory.checkpointer.now();
    await withStore(await copyOf(memory), async (again) => {
      expect(countsOf(again.directory, "default")).toEqual({ ...COUNTS, requests: 30 });
      countsOf(again.directory, "default").requests++;
      await again.directory.requests.save(again.directory);
      expect(again.directory.catalog.byName("default")?.counts.requests).toBe(31);
    });
    await directory.close();
  });

  it("of a namespace that is deleted are left out, also when the log is read again", async () => {
    const memory = createMemory();
    const { directory } = await openSmall(memory);
    await directory.createNamespace(OTHER);
    Object.assign(countsOf(directory, "other"), COUNTS);
    await directory.requests.save(directory);
    await directory.deletions.delete("other");
    await directory.requests.save(directory);
    await directory.createNamespace(OTHER);
    await withStore(await copyOf(memory), async (again) => {
      expect(countsOf(again.directory, "other").requests).toBe(0);
    });
    await directory.close();
  });

  it("that could not be written are written by the next call", async () => {
    const memory = createMemory();
    const faulty = new FaultyEnv(memory);
    const { directory, store } = await openSmall(faulty);
    await store.upsert(makeRecords(0, 3, 0));
    Object.assign(countsOf(directory, "default"), COUNTS);
    faulty.limitSpace(1);
    await expect(directory.requests.save(directory)).rejects.toMatchObject({ reason: "DISK_FULL" });
    faulty.heal();
    await directory.requests.save(directory);
    await withStore(await copyOf(memory), async (again) => {
      expect(countsOf(again.directory, "default")).toEqual(COUNTS);
    });
    await directory.close();
  });
});
