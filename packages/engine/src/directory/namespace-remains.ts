import type { Env } from "../storage/env.js";
import { joinPath } from "../storage/env.js";
import { namespacePath, namespacesPath } from "./names.js";
import type { NamespaceFiles } from "./namespace-files.js";
import type { OpenNamespace } from "./open-namespace.js";

/** Its presence says that the namespace is being deleted, and its files with it. On disk: do not rename. */
const MARK = "deleted";

/** True when the files of this namespace are gone, or going. */
export function isCondemned(env: Env, root: string, number: number): Promise<boolean> {
  return env.exists(joinPath(namespacePath(root, number), MARK));
}

/**
 * Marks the directory of a namespace, then lets its memory go, if it has any, and removes all that is in there. A file that a view still
 * reads goes when the view has closed it. The caller holds `merges` and `maintenance` of one that is in memory.
 *
 * @param namespace  undefined when it is not in memory
 * @throws VecstoreError what the disk threw; called again it goes on
 */
export async function condemn(files: NamespaceFiles, namespace: OpenNamespace | undefined): Promise<void> {
  const { env, directory } = files;
  await env.makeDirectory(directory);
  const mark = joinPath(directory, MARK);
  if (!(await env.exists(mark))) {
    const file = await env.createFile(mark);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await env.syncDirectory(directory);
  }
  namespace?.state.release();
  files.bySegment.clear();
  await env.removeDirectory(joinPath(directory, "snapshots"));
  for (const name of await env.listDirectory(directory)) if (name !== MARK) await files.parts.remove(name);
  await env.syncDirectory(directory);
}

/** Removes the directories of namespaces that are in no catalog and no log any more. */
export async function removeRemains(env: Env, root: string, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) await env.removeDirectory(namespacePath(root, number));
  await env.syncDirectory(namespacesPath(root));
}

/** Numbers of the directories of namespaces, known or not. */
export async function listNamespaceDirectories(env: Env, root: string): Promise<number[]> {
  const names = await env.listDirectory(namespacesPath(root));
  return names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
}
