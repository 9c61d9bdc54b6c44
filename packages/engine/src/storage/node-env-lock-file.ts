import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import { VecstoreError } from "../errors.js";
import { isAlreadyThere, isNotFound, toStorageError } from "./errors.js";
import { type ProcessIdentity, processState } from "./node-env-process.js";

/** What LOCK holds, as JSON. On disk: fields are added, never changed. */
export interface LockRecord extends ProcessIdentity {
  readonly format: number;
}

/** Version of the LOCK file. On disk: do not renumber. */
export const LOCK_FORMAT = 1;

/** Where the LOCK file of a directory is. */
export function lockPath(directory: string): string {
  return `${directory}/LOCK`;
}

/**
 * Reads who has the directory, or had it when it died.
 *
 * @returns  undefined when there is no LOCK, "unreadable" when it is not one of ours
 */
export async function readLock(directory: string): Promise<LockRecord | "unreadable" | undefined> {
  let text: string;
  try {
    text = await fs.readFile(lockPath(directory), "utf8");
  } catch (error) {
    const failure = toStorageError(error, "read", lockPath(directory));
    if (isNotFound(failure)) return undefined;
    throw failure;
  }
  return parse(text) ?? "unreadable";
}

/** Writes LOCK whole or not at all. For a caller that already holds the directory by other means. */
export async function replaceLock(directory: string, identity: ProcessIdentity): Promise<void> {
  const temporary = `${lockPath(directory)}.tmp`;
  try {
    await writeAndSync(temporary, identity, "w");
    await fs.rename(temporary, lockPath(directory));
  } catch (error) {
    throw toStorageError(error, "write", lockPath(directory));
  }
}

/**
 * Takes the directory by creating LOCK, where the platform has no lock that dies with its process.
 *
 * @throws VecstoreError DATA_DIR_IN_USE unless the process that LOCK names is known to be gone
 */
export async function lockByFile(directory: string, identity: ProcessIdentity): Promise<void> {
  while (!(await createLock(directory, identity))) {
    const record = await readLock(directory);
    if (record === undefined) continue;
    if (record === "unreadable") throw unreadableLock(directory);
    if ((await processState(record)) !== "gone") throw directoryInUse(directory, record);
    await removeStale(directory, record);
  }
}

/** Removes the LOCK file; no error when it is gone. */
export async function removeLock(directory: string): Promise<void> {
  await fs.rm(lockPath(directory), { force: true });
}

/** The error of a second opening: names the holder's pid and start time. */
export function directoryInUse(directory: string, holder: LockRecord | "unreadable" | undefined): VecstoreError {
  if (holder === undefined || holder === "unreadable") {
    const message = `directory ${directory} is open in another process; stop it or use another directory`;
    return new VecstoreError("DATA_DIR_IN_USE", message, { directory });
  }
  const { pid, startedAt } = holder;
  const message = `directory ${directory} is open in process ${pid}, started ${startedAt}; stop it or use another directory`;
  return new VecstoreError("DATA_DIR_IN_USE", message, { directory, pid: String(pid), startedAt });
}

/** The holder cannot be seen from here, so whether it lives is for a person to say. */
export function undecidableLock(directory: string, holder: LockRecord): VecstoreError {
  const { pid, startedAt } = holder;
  const message =
    `directory ${directory} was opened by process ${pid}, started ${startedAt}, of another container; whether it still runs ` +
    `cannot be seen from here: if it does not, delete ${lockPath(directory)}`;
  return new VecstoreError("DATA_DIR_IN_USE", message, { directory, pid: String(pid), startedAt });
}

/** The error of a LOCK that is not ours to judge: names the file to delete. */
export function unreadableLock(directory: string): VecstoreError {
  const file = lockPath(directory);
  const message = `${file} does not say who has the directory open; if no process has, delete it`;
  return new VecstoreError("DATA_DIR_IN_USE", message, { directory });
}

function parse(text: string): LockRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<LockRecord>;
    const { format, pid, startedAt, startMark = "", bootId = "", pidNamespace = "", netNamespace = "" } = record;
    if (typeof format !== "number" || typeof startedAt !== "string") return undefined;
    // kill(2) takes 0 and negative numbers for groups of processes.
    if (typeof pid !== "number" || !Number.isInteger(pid) || pid <= 0) return undefined;
    return { format, pid, startedAt, startMark, bootId, pidNamespace, netNamespace };
  } catch {
    return undefined;
  }
}

async function createLock(directory: string, identity: ProcessIdentity): Promise<boolean> {
  try {
    await writeAndSync(lockPath(directory), identity, "wx");
    return true;
  } catch (error) {
    const failure = toStorageError(error, "create", lockPath(directory));
    if (isAlreadyThere(failure)) return false;
    throw failure;
  }
}

/**
 * Two processes may find the same stale lock: whoever moves away a fresh one by mistake puts it back and gives way. A third
 * that starts in just that moment is not seen; only a lock of the system could see it.
 */
async function removeStale(directory: string, stale: LockRecord): Promise<void> {
  const aside = `${lockPath(directory)}.${randomBytes(6).toString("hex")}`;
  try {
    await fs.rename(lockPath(directory), aside);
  } catch (error) {
    if (isNotFound(toStorageError(error, "rename", aside))) return;
    throw toStorageError(error, "rename", lockPath(directory));
  }
  const moved = parse(await fs.readFile(aside, "utf8"));
  if (moved?.pid !== stale.pid || moved.startedAt !== stale.startedAt) {
    await fs.rename(aside, lockPath(directory));
    throw directoryInUse(directory, moved);
  }
  await fs.unlink(aside);
}

async function writeAndSync(path: string, identity: ProcessIdentity, flags: "w" | "wx"): Promise<void> {
  const record: LockRecord = { format: LOCK_FORMAT, ...identity };
  const file = await fs.open(path, flags);
  try {
    await file.writeFile(`${JSON.stringify(record)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
