import type { MemoryEnv } from "../storage/memory-env.js";
import { dump, makeRecords, type Records, withStore } from "./life-fixture.cases.js";

/** What was in a store when its snapshot `kept` was made, and what is in it now. */
export interface BeforeAndAfter {
  readonly kept: Records;
  readonly present: Records;
}

/** A closed store with the snapshot `kept`: 60 records in two writes, of which `r1` and `r2` are hidden; 40 more came after it, and `r3` and `r4` went. */
export async function createStoreWithSnapshot(memory: MemoryEnv): Promise<BeforeAndAfter> {
  return withStore(memory, async ({ store, directory }) => {
    await store.upsert(makeRecords(0, 60, 0), { idempotencyKey: "used" });
    await store.softDelete({ ids: ["r1", "r2"] });
    await store.createSnapshot("kept");
    const kept = dump(directory);
    await store.upsert(makeRecords(50, 40, 1));
    await store.delete({ ids: ["r3", "r4"] });
    return { kept, present: dump(directory) };
  });
}
