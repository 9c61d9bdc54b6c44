import { BLOCK_FILE_KINDS, type BlockFileKind, openBlockFile } from "../storage/block-file.js";
import { type Env, joinPath } from "../storage/env.js";
import { isNotFound } from "../storage/errors.js";
import { isDamage } from "./damaged.js";
import { namespacePath, numberOf } from "./names.js";
import { listNamespaceDirectories } from "./namespace-remains.js";
import { SNAPSHOT_FILE } from "./snapshots.js";

/** What the files of a data directory are like. */
export interface CheckedFiles {
  /** Files of blocks that were read. */
  readonly files: number;
  readonly bytes: number;
  readonly damaged: readonly DamagedFile[];
}

/** A file that is not as it was written. */
export interface DamagedFile {
  readonly path: string;
  /** Says what is wrong, and at which byte. */
  readonly message: string;
}

/**
 * Reads every file of blocks in a data directory, and checks each block by its checksum, vectors too. Files that have several names,
 * as those of snapshots, are read once for each.
 *
 * @param onProgress  told of the bytes that were read, after each file
 * @throws VecstoreError INTERNAL when the disk cannot be read
 * Cost: reads all bytes; memory for one window of a file.
 */
export async function checkFiles(env: Env, root: string, onProgress?: (bytes: number) => void): Promise<CheckedFiles> {
  const damaged: DamagedFile[] = [];
  let files = 0;
  let bytes = 0;
  for await (const { path, kind } of blockFiles(env, root)) {
    const problem = await problemOf(env, path, kind);
    if (problem !== undefined) damaged.push({ path, message: problem });
    files++;
    bytes += await env.fileSize(path).catch(() => 0);
    onProgress?.(bytes);
  }
  return { files, bytes, damaged };
}

interface BlockFile {
  readonly path: string;
  readonly kind: BlockFileKind;
}

async function* blockFiles(env: Env, root: string): AsyncGenerator<BlockFile> {
  yield* filesIn(env, root);
  for (const number of await listNamespaceDirectories(env, root)) {
    const directory = namespacePath(root, number);
    yield* filesIn(env, directory);
    const snapshots = joinPath(directory, "snapshots");
    for (const name of await env.listDirectory(snapshots)) yield* filesIn(env, joinPath(snapshots, name));
  }
}

async function* filesIn(env: Env, directory: string): AsyncGenerator<BlockFile> {
  for (const name of await env.listDirectory(directory)) {
    const kind = kindOf(name);
    if (kind !== undefined) yield { path: joinPath(directory, name), kind };
  }
}

/** By its name; undefined for a file that has no blocks. */
function kindOf(name: string): BlockFileKind | undefined {
  if (name === SNAPSHOT_FILE) return BLOCK_FILE_KINDS.snapshot;
  const numbered = (["manifest", "part", "deaths", "graph"] as const).find(
    (kind) => numberOf(kind, name) !== undefined,
  );
  return numbered && BLOCK_FILE_KINDS[numbered];
}

async function problemOf(env: Env, path: string, kind: BlockFileKind): Promise<string | undefined> {
  try {
    const reader = await openBlockFile(env, path, kind);
    try {
      // A payload that nobody asks for is read and checked all the same.
      while ((await reader.next()) !== undefined);
    } finally {
      await reader.close();
    }
  } catch (error) {
    // A merge may have removed it since it was listed, where the directory is open.
    if (isNotFound(error)) return undefined;
    if (isDamage(error)) return error.message;
    throw error;
  }
  return undefined;
}
