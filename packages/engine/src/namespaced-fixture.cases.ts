import { NamespacedVecStore } from "./namespaced-vecstore.js";
import { MemoryEnv } from "./storage/memory-env.js";

/** Opens the directory that these tests use. */
export function openNamespaced(env: MemoryEnv): Promise<NamespacedVecStore> {
  return NamespacedVecStore.open("data", { env, threads: 0 });
}

/** Opens the disk as a kill right now would leave it, and closes it again; what was answered is on it. */
export async function afterKill<T>(env: MemoryEnv, use: (again: NamespacedVecStore) => Promise<T>): Promise<T> {
  const copy = new MemoryEnv({ now: () => env.now() });
  for (const path of env.paths()) copy.writeFile(path, env.readFile(path));
  for (const directory of env.directories()) await copy.makeDirectory(directory);
  const again = await openNamespaced(copy);
  try {
    return await use(again);
  } finally {
    await again.close();
  }
}
