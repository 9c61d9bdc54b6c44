import { describe, expect, it } from "vitest";
import type { NamespaceStatus } from "../model/namespace.js";
import type { Env } from "../storage/env.js";
import type { MemoryEnv } from "../storage/memory-env.js";
import type { DataDirectory } from "./data-directory.js";
import { copyOf, createMemory, difference, dump, makeRecord, openSmall, withStore } from "./life-fixture.cases.js";

const NO_CHECKPOINTS = { checkpointLogBytes: 1_000_000 };
const READ_ONLY = { reason: "NAMESPACE_READ_ONLY" };

/** Logs what a public call will log once there is one. */
function setStatus(directory: DataDirectory, status: NamespaceStatus): Promise<unknown> {
  const { number } = directory.namespaceByName("default");
  const value = { number, status, description: "", labels: {} };
  return directory.write(directory, { $case: "updateNamespace", value });
}

/** Opens a copy of the disk and compares it with the directory as it is now. */
async function expectSame(directory: DataDirectory, image: Env): Promise<void> {
  const { state } = directory.namespaceByName("default");
  await withStore(
    image,
    async (again) => {
      const found = again.directory.namespaceByName("default").state;
      expect([found.status, found.sequence, found.incarnation]).toEqual([
        state.status,
        state.sequence,
        state.incarnation,
      ]);
      expect(difference(dump(directory), dump(again.directory))).toBeUndefined();
    },
    NO_CHECKPOINTS,
  );
}

describe("the status of a namespace", () => {
  it.each([
    ["read_only", "NAMESPACE_READ_ONLY"],
    ["suspended", "NAMESPACE_SUSPENDED"],
  ] as const)("%s refuses writes and restored snapshots, also after the next opening", async (status, reason) => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
    await store.upsert([makeRecord("a", 1)]);
    await store.createSnapshot("s");
    await setStatus(directory, status);
    const replayed = await copyOf(memory);
    await directory.close();
    for (const image of [replayed, memory]) {
      await withStore(image, async (again) => {
        await expect(again.store.upsert([makeRecord("b", 1)])).rejects.toMatchObject({ reason });
        await expect(again.store.delete({ all: true })).rejects.toMatchObject({ reason });
        await expect(again.store.restoreSnapshot("s")).rejects.toMatchObject({ reason });
        if (status === "suspended") await expect(again.store.get(["a"])).rejects.toMatchObject({ reason });
        else expect((await again.store.get(["a"])).records).toHaveLength(1);
        await setStatus(again.directory, "active");
        expect((await again.store.get(["a"])).records).toHaveLength(1);
        await again.store.restoreSnapshot("s");
        await again.store.upsert([makeRecord("b", 1)]);
      });
    }
  });

  it("decides entries in the order of the log, and a replay decides them the same", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
    await store.upsert(["a", "b", "c"].map((id) => makeRecord(id, 1)));
    const outcomes = await Promise.allSettled([
      store.delete({ ids: ["a"] }),
      setStatus(directory, "read_only"),
      store.delete({ ids: ["b"] }),
      setStatus(directory, "active"),
      store.delete({ ids: ["c"] }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect([...dump(directory).keys()]).toEqual(["b"]);
    await expectSame(directory, await copyOf(memory));
    await directory.close();
  });

  it("refuses a restore that was begun before it changed, and whose entry comes after", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
    await store.upsert([makeRecord("a", 1)]);
    await store.createSnapshot("s");
    await store.upsert([makeRecord("b", 1)]);
    const restored = store.restoreSnapshot("s");
    await setStatus(directory, "read_only");
    await expect(restored).rejects.toMatchObject(READ_ONLY);
    expect([...dump(directory).keys()]).toEqual(["a", "b"]);
    await directory.checkpointer.now();
    await expectSame(directory, await copyOf(memory));
    await directory.close();
  });

  it("that changes while a checkpoint is made does not reach back before the change", async () => {
    for (let turns = 0; turns < 30; turns++) {
      const memory = createMemory();
      const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
      await store.upsert([makeRecord("a", 1)]);
      const checkpoint = directory.checkpointer.now();
      for (let turn = 0; turn < turns; turn++) await undefined;
      await store.upsert([makeRecord("b", 1)]);
      await setStatus(directory, "read_only");
      await checkpoint;
      await expectSame(directory, await copyOf(memory));
      await directory.close();
    }
  });

  it("does not reach back either where the checkpoint before the newest stands in", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
    await store.upsert([makeRecord("a", 1)]);
    await directory.checkpointer.now();
    await store.upsert([makeRecord("b", 1)]);
    await store.createSnapshot("newer");
    await store.upsert([makeRecord("c", 1)]);
    await setStatus(directory, "read_only");
    await expect(store.upsert([makeRecord("d", 1)])).rejects.toMatchObject(READ_ONLY);
    await directory.checkpointer.now();
    const image = await copyOf(memory);
    damageNewestManifest(image);
    await expectSame(directory, image);
    await directory.close();
  });
});

function damageNewestManifest(image: MemoryEnv): void {
  const path = image
    .paths()
    .filter((name) => name.startsWith("data/ns/1/manifest-"))
    .sort()
    .at(-1)!;
  const bytes = image.readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  image.writeFile(path, bytes);
}
