import { VecstoreError } from "../errors.js";
import { type NamespaceManifest, SnapshotManifest } from "../gen/vecstore/storage/v1/manifest.js";
import type { SnapshotInfo } from "../model/read.js";
import { settingsOf } from "../state/catalog.js";
import { BLOCK_FILE_KINDS } from "../storage/block-file.js";
import { type Env, joinPath } from "../storage/env.js";
import type { DataDirectory } from "./data-directory.js";
import { readMessageFile, writeMessageFile } from "./manifest-file.js";
import { snapshotsPath } from "./names.js";
import { type NamespaceFiles, referencesOf } from "./namespace-files.js";
import type { OpenNamespace } from "./open-namespace.js";

/** A namespace, in memory or not. */
type Numbered = Pick<OpenNamespace, "number">;

/** Its presence makes a snapshot: it is written last and removed first. */
export const SNAPSHOT_FILE = "snapshot";

/**
 * Checkpoints the namespace and links the files of the checkpoint under a name.
 *
 * @throws VecstoreError SNAPSHOT_EXISTS, DISK_FULL
 */
export function createSnapshot(
  directory: DataDirectory,
  namespace: OpenNamespace,
  name: string,
): Promise<SnapshotInfo> {
  return changeSnapshots(directory, namespace, async () => {
    const { env } = directory;
    const target = joinPath(snapshotsPath(directory.path, namespace.number), name);
    if (await env.exists(joinPath(target, SNAPSHOT_FILE))) {
      throw new VecstoreError(
        "SNAPSHOT_EXISTS",
        `snapshot ${JSON.stringify(name)} exists already; delete it or use another name`,
        {
          snapshot: name,
        },
      );
    }
    await directory.checkpointer.namespaceLocked(namespace, "full graph");
    const content = namespace.files.manifest!;
    const settings = settingsOf(directory.catalog.byNumber(namespace.number)!.config);
    const manifest: SnapshotManifest = { name, createdAtMs: BigInt(env.now()), content, settings };
    await env.removeDirectory(target);
    try {
      await writeSnapshot(namespace.files, target, manifest, content);
    } catch (error) {
      // Half of it is of no use, and takes space; what cannot be removed goes at the next opening.
      await env.removeDirectory(target).catch(() => undefined);
      throw error;
    }
    return infoOf(manifest, content);
  });
}

/** One change at a time, and none once the namespace is being deleted. */
function changeSnapshots<T>(
  { snapshotSizes }: DataDirectory,
  { maintenance, leaveSignal, number }: OpenNamespace,
  change: () => Promise<T>,
): Promise<T> {
  return maintenance.run(async () => {
    leaveSignal.throwIfAborted();
    try {
      return await change();
    } finally {
      snapshotSizes.forget(number);
    }
  });
}

async function writeSnapshot(
  files: NamespaceFiles,
  target: string,
  manifest: SnapshotManifest,
  content: NamespaceManifest,
): Promise<void> {
  const { env } = files;
  await env.makeDirectory(target);
  for (const { name } of referencesOf(content)) await env.linkOrCopy(files.path(name), joinPath(target, name));
  await env.syncDirectory(target);
  await writeMessageFile(
    env,
    target,
    SNAPSHOT_FILE,
    BLOCK_FILE_KINDS.snapshot,
    SnapshotManifest.encode(manifest).finish(),
  );
}

/** All snapshots of a namespace, by name. It need not be in memory. */
export async function listSnapshots(directory: DataDirectory, namespace: Numbered): Promise<SnapshotInfo[]> {
  const { env } = directory;
  const parent = snapshotsPath(directory.path, namespace.number);
  const infos: SnapshotInfo[] = [];
  for (const name of await env.listDirectory(parent)) {
    try {
      const manifest = await readSnapshot(directory, namespace, name);
      infos.push(infoOf(manifest, manifest.content));
    } catch (error) {
      // One that was deleted since its name was read is not an error of the list.
      if (await env.exists(joinPath(parent, name, SNAPSHOT_FILE))) throw error;
    }
  }
  return infos;
}

/** One snapshot. @throws VecstoreError SNAPSHOT_NOT_FOUND, DATA_CORRUPTED */
export async function readSnapshotInfo(
  directory: DataDirectory,
  namespace: Numbered,
  name: string,
): Promise<SnapshotInfo> {
  const manifest = await readSnapshot(directory, namespace, name);
  return infoOf(manifest, manifest.content);
}

/** @throws VecstoreError SNAPSHOT_NOT_FOUND, DATA_CORRUPTED */
export async function readSnapshot(
  directory: DataDirectory,
  namespace: Numbered,
  name: string,
): Promise<SnapshotManifest & { content: NamespaceManifest }> {
  const { env } = directory;
  const path = joinPath(snapshotsPath(directory.path, namespace.number), name, SNAPSHOT_FILE);
  if (!(await env.exists(path))) throw snapshotNotFound(name);
  const manifest = SnapshotManifest.decode(await readMessageFile(env, path, BLOCK_FILE_KINDS.snapshot));
  const content = manifest.content;
  if (content === undefined) throw new VecstoreError("DATA_CORRUPTED", `${path} names no content`, { file: path });
  return { ...manifest, content };
}

/** @throws VecstoreError SNAPSHOT_NOT_FOUND */
export function deleteSnapshot(directory: DataDirectory, namespace: OpenNamespace, name: string): Promise<void> {
  return changeSnapshots(directory, namespace, async () => {
    const { env } = directory;
    const parent = snapshotsPath(directory.path, namespace.number);
    const marker = joinPath(parent, name, SNAPSHOT_FILE);
    if (!(await env.exists(marker))) throw snapshotNotFound(name);
    await env.remove(marker);
    await env.syncDirectory(joinPath(parent, name));
    await env.removeDirectory(joinPath(parent, name));
  });
}

/** Removes snapshots that a crash left without their marker. */
export async function removeSnapshotLeftovers(env: Env, root: string, number: number): Promise<void> {
  const parent = snapshotsPath(root, number);
  for (const name of await env.listDirectory(parent)) {
    const path = joinPath(parent, name);
    if (!(await env.exists(joinPath(path, SNAPSHOT_FILE)))) await env.removeDirectory(path);
  }
}

/** The error for a name that no snapshot has. */
export function snapshotNotFound(name: string): VecstoreError {
  return new VecstoreError("SNAPSHOT_NOT_FOUND", `snapshot ${JSON.stringify(name)} does not exist`, { snapshot: name });
}

function infoOf(manifest: SnapshotManifest, content: NamespaceManifest): SnapshotInfo {
  return {
    name: manifest.name,
    createdAtMs: Number(manifest.createdAtMs),
    sequence: Number(content.sequence),
    vectorCount: Number(content.vectorCount),
    bytes: referencesOf(content).reduce((sum, file) => sum + Number(file.bytes), 0),
  };
}
