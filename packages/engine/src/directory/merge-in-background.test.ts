import { describe, expect, it, vi } from "vitest";
import { breathe } from "../core/breathe.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import {
  copyOf,
  createMemory,
  difference,
  dump,
  filesOf,
  makeRecord,
  makeRecords,
  type Opened,
  openSmall,
  withStore,
} from "./life-fixture.cases.js";

/** A merge begins at a thousand slots; no checkpoint is made on the way there. */
const OPTIONS = { checkpointLogBytes: 200_000, segmentRecordsMax: 5_000, graphRecordsMin: 10_000 };
const DELETED = Array.from({ length: 300 }, (_, i) => `r${i}`);

async function idle({ directory }: Opened): Promise<void> {
  while (directory.namespaceByName("default").merging) await breathe();
  await directory.checkpointer.idle();
}

function kindsOf({ events }: Opened): string[] {
  return events.map((event) => (event.kind === "background_error" ? `failed ${event.task}` : event.kind));
}

describe("a merge in the background", () => {
  it("that fails is reported once, and tried again once there is more log", async () => {
    const opened = await openSmall(createMemory(), OPTIONS);
    const { store, directory } = opened;
    await store.upsert(makeRecords(0, 1_000, 1));
    await store.upsert(makeRecords(1_000, 200, 1));
    const { state } = directory.namespaceByName("default");
    const failing = vi.spyOn(state, "createSegment").mockImplementation(() => {
      throw new RangeError("no memory, says this test");
    });
    await store.delete({ ids: DELETED });
    await idle(opened);
    const failedAt = directory.appliedPosition;
    for (let i = 0; i < 20; i++) await store.upsert([makeRecord("r999", i)]);
    await idle(opened);
    expect(failing).toHaveBeenCalledTimes(1);
    expect(kindsOf(opened).filter((kind) => kind === "failed merge")).toHaveLength(1);
    failing.mockRestore();
    while (directory.appliedPosition < failedAt + OPTIONS.checkpointLogBytes) {
      expect(kindsOf(opened)).not.toContain("merged");
      await store.upsert(makeRecords(1_000, 200, 2));
    }
    await store.upsert([makeRecord("r999", 1)]);
    await idle(opened);
    expect(kindsOf(opened)).toContain("merged");
    await directory.close();
  });

  it("frees the files of what it replaced, without waiting for more writes", async () => {
    const memory = createMemory();
    const opened = await openSmall(memory, OPTIONS);
    const { store, directory } = opened;
    await store.upsert(makeRecords(0, 1_000, 1));
    await directory.checkpointer.now();
    const before = (await filesOf(memory)).filter((name) => name.startsWith("part-"));
    expect(before).toHaveLength(1);
    await store.delete({ ids: DELETED });
    await idle(opened);
    expect(kindsOf(opened)).toContain("merged");
    const after = await filesOf(memory);
    expect(after.filter((name) => name.startsWith("part-"))).toHaveLength(1);
    expect(after).not.toContain(before[0]);
    const records = dump(directory);
    const image = await copyOf(memory);
    await directory.close();
    await withStore(image, async (again) => expect(difference(records, dump(again.directory))).toBeUndefined());
  });

  it("is done although the checkpoint behind it fails, which is reported", async () => {
    const env = new FaultyEnv(createMemory());
    const opened = await openSmall(env, OPTIONS);
    const { store, directory } = opened;
    await store.upsert(makeRecords(0, 1_000, 1));
    env.fail({ at: 1, kind: "create", times: 1_000 });
    await store.delete({ ids: DELETED });
    await idle(opened);
    expect(kindsOf(opened).filter((kind) => kind === "merged" || kind.startsWith("failed"))).toEqual([
      "merged",
      "failed checkpoint",
    ]);
    env.heal();
    expect((await store.stats()).deadCount).toBe(0);
    await directory.close();
  });
});
