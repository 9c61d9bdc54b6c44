import { defaultEnv } from "#default-env";
import type { DirectoryLock, Env } from "../storage/env.js";

/**
 * Takes a data directory for this process without opening it, for tools that change what lies beside its data. It is made
 * when it is missing.
 *
 * @throws VecstoreError DATA_DIR_IN_USE, naming who has it; INTERNAL when the file system refuses
 * Cost: a few operations on files; reads no data.
 */
export async function lockDataDirectory(path: string, env: Env = defaultEnv()): Promise<DirectoryLock> {
  await env.makeDirectory(path);
  return env.lockDirectory(path);
}
