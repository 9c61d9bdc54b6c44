import { readFileSync } from "node:fs";
import { copyFile, type FileHandle, open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { refusal } from "../errors.js";

/** The key file of a data directory. */
export function keyFilePath(directory: string): string {
  return join(directory, "KEYS");
}

/**
 * Reads the key file, when there is one. Synchronous: it happens before the server listens.
 *
 * @throws the system's error when it is there and cannot be read: a server must not go on as if there were no keys
 */
export function readKeyFile(directory: string): string | undefined {
  try {
    return readFileSync(keyFilePath(directory), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Puts a text in the key file's place: whoever reads it, also after a crash, finds the old one or the new one. Only the holder
 * of the directory's lock may call this.
 *
 * @throws ConnectError DISK_FULL, INTERNAL; then the old one may still be there, or the new one already
 */
export async function replaceKeyFile(directory: string, text: string): Promise<void> {
  const path = keyFilePath(directory);
  const temporary = `${path}.tmp`;
  try {
    // The owner alone: digests of keys that people chose could be guessed at.
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(text);
      await giveToOwner(file, directory);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(directory);
  } catch (error) {
    throw toRefusal(error, path);
  }
}

/** Keeps a damaged key file beside the new one, for whoever wants to know what was in it. */
export async function keepDamagedFile(directory: string): Promise<void> {
  const path = keyFilePath(directory);
  try {
    await copyFile(path, `${path}.damaged`);
  } catch (error) {
    throw toRefusal(error, path);
  }
}

/** A command that an administrator runs must not leave a file that the server may not read. */
async function giveToOwner(file: FileHandle, directory: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(directory);
  await file.chown(uid, gid);
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory; its journal orders the names.
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function toRefusal(error: unknown, path: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return refusal("DISK_FULL", "the disk is full, so keys cannot be changed; free space", {}, error);
  }
  return refusal("INTERNAL", `${path} cannot be written`, {}, error);
}
