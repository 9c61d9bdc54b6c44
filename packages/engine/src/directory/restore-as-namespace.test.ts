import { describe, expect, it } from "vitest";
import { FaultyEnv } from "../storage/faulty-env.js";
import type { DataDirectory } from "./data-directory.js";
import {
  assertHonest,
  copyOf,
  createMemory,
  difference,
  dump,
  expectNoDamage,
  makeRecord,
  type Opened,
  openSmall,
  storeOf,
  withStore,
} from "./life-fixture.cases.js";
import { restoreAsNamespace } from "./restore-as-namespace.js";
import { createStoreWithSnapshot } from "./restore-fixture.cases.js";

const NO_CHECKPOINTS = { checkpointLogBytes: 1_000_000 };
const TARGET = "copy";

const restoreAs = ({ directory }: Pick<Opened, "directory">, name = TARGET) =>
  restoreAsNamespace(directory, directory.namespaceByName("default"), "kept", name);
const hasTarget = (directory: DataDirectory) => directory.catalog.byName(TARGET) !== undefined;

describe("a snapshot restored as a new namespace", () => {
  it("has the records, versions and settings of the snapshot, also after two openings; the source is as it was", async () => {
    const memory = createMemory();
    const { kept, present } = await createStoreWithSnapshot(memory);
    const written = await withStore(memory, async (opened) => {
      const { directory } = opened;
      expect(await restoreAs(opened)).toMatchObject({ name: "kept", vectorCount: 58 });
      expect(difference(kept, dump(directory, TARGET))).toBeUndefined();
      expect(difference(present, dump(directory))).toBeUndefined();
      const copy = storeOf(directory, TARGET);
      expect(copy.info).toMatchObject({
        name: TARGET,
        status: "active",
        config: { dimension: 4, m: 4, efConstruction: 16 },
      });
      const { sequence, incarnation } = await copy.stats();
      expect([sequence, incarnation]).toEqual([2, 1]);
      // A key that the source has seen is new here.
      await copy.upsert([makeRecord("own", 1)], { idempotencyKey: "used" });
      await copy.restore({ ids: ["r1"] });
      await copy.createSnapshot("own");
      return dump(directory, TARGET);
    });
    for (let opening = 0; opening < 2; opening++) {
      await withStore(memory, async ({ directory }) => {
        expect(difference(written, dump(directory, TARGET))).toBeUndefined();
        expect(difference(present, dump(directory))).toBeUndefined();
      });
    }
  });

  it("is there whole or not at all after a power cut at any operation, also when the recovery is cut too", async () => {
    const base = createMemory();
    const { kept, present } = await createStoreWithSnapshot(base);
    const counted = new FaultyEnv(await copyOf(base));
    const operations = await withStore(counted, async (opened) => {
      const before = counted.count();
      await restoreAs(opened);
      return counted.count() - before;
    });
    let dones = 0;
    // One more: a cut right behind it.
    for (let at = 1; at <= operations + 1; at++) {
      const env = new FaultyEnv(await copyOf(base));
      const opened = await openSmall(env, NO_CHECKPOINTS);
      env.fail({ at, error: "power" });
      const isDone = await restoreAs(opened).then(
        () => true,
        (error) => assertHonest(error) ?? false,
      );
      const cut = new FaultyEnv(env.crash(at));
      const first = await openSmall(cut, NO_CHECKPOINTS);
      expectNoDamage(first);
      expect(difference(present, dump(first.directory))).toBeUndefined();
      if (isDone) expect(hasTarget(first.directory)).toBe(true);
      if (hasTarget(first.directory)) {
        dones++;
        expect(difference(kept, dump(first.directory, TARGET)), `operation ${at}`).toBeUndefined();
      } else {
        expect(await cut.listDirectory("data/ns"), `operation ${at}`).toEqual(["1"]);
        // Its number is free, and nothing is left of what was there.
        await first.directory.createNamespace({ ...NEW, name: TARGET });
        await storeOf(first.directory, TARGET).upsert([makeRecord("only", 1)]);
      }
      const found = dump(first.directory, TARGET);
      const second = await openSmall(cut.crash(at + 500), NO_CHECKPOINTS);
      expect(difference(found, dump(second.directory, TARGET)), `operation ${at}, second recovery`).toBeUndefined();
      await second.directory.close();
      await Promise.allSettled([opened.directory.close(), first.directory.close()]);
    }
    expect([dones > 0, dones < operations]).toEqual([true, true]);
  }, 180_000);

  it("leaves nothing behind that the next namespace could meet, whichever operation fails", async () => {
    const base = createMemory();
    const { kept } = await createStoreWithSnapshot(base);
    const counted = new FaultyEnv(await copyOf(base));
    const operations = await withStore(counted, async (opened) => {
      const before = counted.count();
      await restoreAs(opened);
      return counted.count() - before;
    });
    for (let at = 1; at <= operations; at++) {
      const memory = await copyOf(base);
      const env = new FaultyEnv(memory);
      const opened = await openSmall(env, NO_CHECKPOINTS);
      env.fail({ at, error: "no_space" });
      const failed = await restoreAs(opened).then(() => undefined, honestly);
      env.heal();
      const { directory } = opened;
      if (failed !== undefined && directory.stopped === undefined) {
        const made = await directory.createNamespace({ ...NEW, name: "next" }).catch(() => undefined);
        if (made !== undefined) {
          await storeOf(directory, "next").upsert([makeRecord("only", 1)]);
          await restoreAs(opened);
          expect(difference(kept, dump(directory, TARGET))).toBeUndefined();
        }
      }
      const names = directory.catalog.sorted().map(({ name }) => name);
      const found = names.map((name) => dump(directory, name));
      await directory.close().catch(() => undefined);
      await withStore(memory, async (again) => {
        for (const [i, name] of names.entries()) {
          expect(difference(found[i]!, dump(again.directory, name)), `operation ${at}, ${name}`).toBeUndefined();
        }
        await again.store.restoreSnapshot("kept");
        expect(difference(kept, dump(again.directory)), `operation ${at}, the snapshot`).toBeUndefined();
      });
    }
  }, 180_000);

  it("is refused where there is such a namespace, or no such snapshot", async () => {
    const memory = createMemory();
    await createStoreWithSnapshot(memory);
    await withStore(memory, async (opened) => {
      const { directory, store } = opened;
      await expect(restoreAs(opened, "default")).rejects.toMatchObject({ reason: "NAMESPACE_EXISTS" });
      const none = restoreAsNamespace(directory, directory.namespaceByName("default"), "none", TARGET);
      await expect(none).rejects.toMatchObject({ reason: "SNAPSHOT_NOT_FOUND" });
      const [first, second] = await Promise.allSettled([restoreAs(opened), restoreAs(opened)]);
      expect(first.status).toBe("fulfilled");
      expect(second).toMatchObject({ status: "rejected", reason: { reason: "NAMESPACE_EXISTS" } });
      await store.upsert([makeRecord("still", 1)]);
    });
  });

  it("lets no other namespace take its number", async () => {
    const memory = createMemory();
    const { kept } = await createStoreWithSnapshot(memory);
    const names = ["a", "b", "c", "d"];
    const check = ({ directory }: Opened) => {
      for (const name of names) expect(dump(directory, name).size, name).toBe(0);
      for (const name of [TARGET, "second"]) expect(difference(kept, dump(directory, name)), name).toBeUndefined();
    };
    await withStore(memory, async (opened) => {
      const create = (name: string) => opened.directory.createNamespace({ ...NEW, name });
      await Promise.all([
        create("a"),
        restoreAs(opened),
        create("b"),
        restoreAs(opened, "second"),
        create("c"),
        create("d"),
      ]);
      check(opened);
    });
    await withStore(memory, async (opened) => check(opened));
  });

  it.each(["damaged", "missing"])("does not come to be when a file of the snapshot is %s", async (how) => {
    const memory = createMemory();
    const { present } = await createStoreWithSnapshot(memory);
    const path = memory.paths().find((name) => name.includes("snapshots/kept/part-"))!;
    await withStore(memory, async (opened) => {
      const bytes = memory.readFile(path);
      bytes[bytes.length >> 1]! ^= 1;
      if (how === "damaged") memory.writeFile(path, bytes);
      else await memory.remove(path);
      await expect(restoreAs(opened)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
      expect(hasTarget(opened.directory)).toBe(false);
      expect(difference(present, dump(opened.directory))).toBeUndefined();
      await opened.directory.createNamespace({ ...NEW, name: "next" });
      expect(dump(opened.directory, "next").size).toBe(0);
    });
    await withStore(memory, async ({ directory }) => expect(dump(directory, "next").size).toBe(0));
  });
});

const NEW = {
  config: {
    dimension: 4,
    metric: "cosine",
    m: 4,
    efConstruction: 16,
    efSearch: undefined,
    quantization: "int8",
    textAnalyzer: "standard",
  },
  description: "",
  labels: {},
} as const;

function honestly(error: unknown): unknown {
  assertHonest(error);
  return error;
}
