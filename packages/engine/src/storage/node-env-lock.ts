import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import { resolve } from "node:path";
import type { DirectoryLock } from "./env.js";
import { toStorageError } from "./errors.js";
import {
  directoryInUse,
  type LockRecord,
  lockByFile,
  readLock,
  removeLock,
  replaceLock,
  undecidableLock,
  unreadableLock,
} from "./node-env-lock-file.js";
import { ownIdentity, type ProcessIdentity, processState } from "./node-env-process.js";
import { type HeldSocket, holdSocket, probeSocket } from "./node-env-socket.js";

/** sun_path holds 108 bytes on Linux; a longer name would be cut in silence. */
const SOCKET_PATH_BYTES_MAX = 100;

/** Directories held by this process, by device and inode. */
const held = new Map<string, LockRecord>();

/**
 * Takes a directory for this process. On Linux two sockets hold it, which the kernel lets go when the process dies: an
 * abstract one, seen by all processes of one network namespace, and `LOCK.socket` in the directory, seen also from other
 * containers. LOCK names the holder for people, and decides where sockets cannot be had.
 *
 * @throws VecstoreError DATA_DIR_IN_USE unless a former holder is known to be gone; it is never guessed
 */
export async function lockNodeDirectory(path: string): Promise<DirectoryLock> {
  // The socket's file is removed by its name on release, wherever the process has moved to by then.
  const directory = resolve(path);
  const key = await inodeKey(directory);
  const holder = held.get(key);
  if (holder !== undefined) throw directoryInUse(directory, holder);
  const identity = await ownIdentity();
  // Between the look-up and here another call of this process may have taken it.
  if (held.has(key)) throw directoryInUse(directory, held.get(key));
  held.set(key, { format: 1, ...identity });
  try {
    const release =
      process.platform === "linux" ? await lockLinux(directory, key, identity) : await lockOther(directory, identity);
    return { release: once(() => release().finally(() => held.delete(key))) };
  } catch (error) {
    held.delete(key);
    throw error;
  }
}

async function lockOther(directory: string, identity: ProcessIdentity): Promise<() => Promise<void>> {
  await lockByFile(directory, identity);
  return () => removeLock(directory);
}

async function lockLinux(directory: string, key: string, identity: ProcessIdentity): Promise<() => Promise<void>> {
  const abstract = await holdSocket(`\0vecstore-${key}`);
  if (abstract === "taken") throw directoryInUse(directory, await readLock(directory));
  const sockets: HeldSocket[] = abstract === "unsupported" ? [] : [abstract];
  try {
    await assertHolderGone(directory, identity, abstract !== "unsupported");
    const inDirectory = await holdSocketFile(directory);
    if (inDirectory !== undefined) sockets.unshift(inDirectory);
    await replaceLock(directory, identity);
  } catch (error) {
    await closeAll(sockets);
    throw error;
  }
  return async () => {
    // First the name, then the hold: the next holder's LOCK must not be removed.
    await removeLock(directory).finally(() => closeAll(sockets));
  };
}

/**
 * Decides whether the process that LOCK names is gone.
 *
 * @param holdsAbstract  this process has the abstract socket, so nobody else in its network namespace has the directory
 */
async function assertHolderGone(directory: string, own: ProcessIdentity, holdsAbstract: boolean): Promise<void> {
  const record = await readLock(directory);
  const socket = fits(directory) ? await probeSocket(socketPath(directory)) : "unknown";
  if (socket === "alive") throw directoryInUse(directory, record);
  if (record === undefined) return;
  if (record === "unreadable") {
    if (socket === "refused") return;
    throw unreadableLock(directory);
  }
  // Another start of the machine: all its processes are gone. On a network file system the machine may be another one,
  // which is why a data directory belongs to one machine.
  if (record.bootId !== own.bootId) return;
  if (socket === "refused") return;
  if (holdsAbstract && record.netNamespace === own.netNamespace) return;
  if (record.pidNamespace !== own.pidNamespace) throw undecidableLock(directory, record);
  if ((await processState(record)) !== "gone") throw directoryInUse(directory, record);
}

/** Undefined where the file system has no sockets or the path is too long. */
async function holdSocketFile(directory: string): Promise<HeldSocket | undefined> {
  if (!fits(directory)) return undefined;
  await removeStaleSocket(directory);
  const socket = await holdSocket(socketPath(directory));
  if (socket === "taken") throw directoryInUse(directory, await readLock(directory));
  return socket === "unsupported" ? undefined : socket;
}

/** The file stays when its process is killed. It is moved away and probed there, since another process may do the same. */
async function removeStaleSocket(directory: string): Promise<void> {
  const aside = `${socketPath(directory)}.${randomBytes(3).toString("hex")}`;
  try {
    await fs.rename(socketPath(directory), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw toStorageError(error, "rename", socketPath(directory));
  }
  if ((await probeSocket(aside)) === "alive") {
    await fs.rename(aside, socketPath(directory));
    throw directoryInUse(directory, await readLock(directory));
  }
  await fs.rm(aside, { force: true });
}

function socketPath(directory: string): string {
  return `${directory}/LOCK.socket`;
}

/** Seven bytes are for the name that a stale socket is moved to. */
function fits(directory: string): boolean {
  return Buffer.byteLength(socketPath(directory)) + 7 <= SOCKET_PATH_BYTES_MAX;
}

async function inodeKey(directory: string): Promise<string> {
  try {
    const { dev, ino } = await fs.stat(directory, { bigint: true });
    return `${dev}-${ino}`;
  } catch (error) {
    throw toStorageError(error, "lock", directory);
  }
}

async function closeAll(sockets: readonly HeldSocket[]): Promise<void> {
  for (const socket of sockets) await socket.close();
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}
