import { expect, it } from "vitest";
import { NamespacedVecStore } from "../namespaced-vecstore.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { lockDataDirectory } from "./lock-data-directory.js";

const options = (env: MemoryEnv) => ({ env, threads: 0 });

it("keeps a directory from being opened until it is released, and makes one that is missing", async () => {
  const env = new MemoryEnv();
  const lock = await lockDataDirectory("/new/data", env);
  await expect(NamespacedVecStore.open("/new/data", options(env))).rejects.toMatchObject({ reason: "DATA_DIR_IN_USE" });
  await lock.release();
  await (await NamespacedVecStore.open("/new/data", options(env))).close();
});

it("refuses a directory that is open", async () => {
  const env = new MemoryEnv();
  const store = await NamespacedVecStore.open("/data", options(env));
  await expect(lockDataDirectory("/data", env)).rejects.toMatchObject({ reason: "DATA_DIR_IN_USE" });
  await store.close();
  await (await lockDataDirectory("/data", env)).release();
});
