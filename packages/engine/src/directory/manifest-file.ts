import { VecstoreError } from "../errors.js";
import { BLOCK_FILE_KINDS, type BlockFileKind, openBlockFile, writeBlockFile } from "../storage/block-file.js";
import { type Env, joinPath } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";
import { numberedName, numberOf } from "./names.js";

/** The one block of manifest and snapshot files. On disk: do not renumber. */
const BLOCK_MESSAGE = 1;

/** Checkpoints that are kept, the newest included. */
export const MANIFESTS_KEPT = 2;
const FIRST_MANIFEST = 1;

/**
 * Writes a message as `manifest-<number>` so that a reader finds all of it or none: temporary file, sync, rename, sync
 * of the directory.
 */
export async function writeManifest(env: Env, directory: string, number: number, message: Uint8Array): Promise<void> {
  await writeMessageFile(env, directory, numberedName("manifest", number), BLOCK_FILE_KINDS.manifest, message);
}

/** As `writeManifest`, under any name and kind. */
export async function writeMessageFile(
  env: Env,
  directory: string,
  name: string,
  kind: BlockFileKind,
  message: Uint8Array,
): Promise<void> {
  const temporary = joinPath(directory, `${name}.tmp`);
  await env.remove(temporary);
  await writeBlockFile(env, temporary, kind, [{ type: BLOCK_MESSAGE, bytes: message }]);
  await env.rename(temporary, joinPath(directory, name));
  await env.syncDirectory(directory);
}

/**
 * Reads the message of a manifest or snapshot file.
 *
 * @throws VecstoreError DATA_CORRUPTED, FORMAT_TOO_NEW
 */
export async function readMessageFile(env: Env, path: string, kind: BlockFileKind): Promise<Uint8Array> {
  const reader = await openBlockFile(env, path, kind);
  try {
    const block = await reader.next();
    if (block?.type !== BLOCK_MESSAGE) throw corrupted(path, 16, "it holds no message");
    const message = await block.readAll();
    if ((await reader.next()) !== undefined) throw corrupted(path, 16, "it holds more than one message");
    return message;
  } finally {
    await reader.close();
  }
}

/** Numbers of the manifests in a directory, newest first. */
export async function listManifests(env: Env, directory: string): Promise<readonly number[]> {
  const names = await env.listDirectory(directory);
  const numbers = names.map((name) => numberOf("manifest", name)).filter((number) => number !== undefined);
  return numbers.sort((a, b) => b - a);
}

/** The newest manifest that could be read. */
export interface FoundManifest<T> {
  /** 0 when there is none. */
  readonly number: number;
  readonly value: T | undefined;
  /** The damage of the newer one that was passed over. */
  readonly fellBackFrom?: VecstoreError;
}

/**
 * Reads the newest manifest for which `load` succeeds, among the two that are kept. Before the first one was written
 * there was nothing, which stands in for it when it is the only one.
 *
 * @throws VecstoreError DATA_CORRUPTED when there are some and each is damaged
 */
export async function loadNewestManifest<T>(
  env: Env,
  directory: string,
  load: (message: Uint8Array, number: number) => Promise<T>,
): Promise<FoundManifest<T>> {
  const numbers = (await listManifests(env, directory)).slice(0, MANIFESTS_KEPT);
  let damage: VecstoreError | undefined;
  for (const number of numbers) {
    try {
      const value = await load(await readManifest(env, directory, number), number);
      return { number, value, fellBackFrom: damage };
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage ??= error;
    }
  }
  const isFirst = numbers.length === 1 && numbers[0] === FIRST_MANIFEST;
  if (damage !== undefined && !isFirst) throw damage;
  return { number: 0, value: undefined, fellBackFrom: damage };
}

/** Reads the kept manifest before `number`, for the files it names; undefined when there is none that is whole. */
export async function readManifestBefore(
  env: Env,
  directory: string,
  number: number,
): Promise<{ readonly number: number; readonly message: Uint8Array } | undefined> {
  const before = (await listManifests(env, directory)).find((found) => found < number);
  if (before === undefined) return undefined;
  try {
    return { number: before, message: await readManifest(env, directory, before) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

function readManifest(env: Env, directory: string, number: number): Promise<Uint8Array> {
  return readMessageFile(env, joinPath(directory, numberedName("manifest", number)), BLOCK_FILE_KINDS.manifest);
}

function isDamage(error: unknown): error is VecstoreError {
  return error instanceof VecstoreError && error.reason === "DATA_CORRUPTED";
}
