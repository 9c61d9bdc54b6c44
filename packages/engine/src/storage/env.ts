/** One open file. Positions and lengths are bytes. */
export interface EnvFile {
  /** As it was opened. */
  readonly path: string;
  /** Bytes, with what is written and not synced. */
  size(): Promise<number>;
  /** Fills `into` from `position` on; returns the bytes read, fewer than asked only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /**
   * As `read`, before it returns: for the few kilobytes that a query needs now. What the system has in memory costs a few
   * microseconds; everybody waits for what it has not.
   */
  readSync(into: Uint8Array, position: number): number;
  /** Writes all of `bytes` or throws; after an error any part of them may be in the file. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** As `write`, of several buffers one after the other, without joining them first. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Returns when the content and the length are on the disk (fdatasync). */
  sync(): Promise<void>;
  /** Cuts, or extends with zeros. */
  truncate(length: number): Promise<void>;
  /** Lets go of the file, without a sync. Safe to call twice. */
  close(): Promise<void>;
}

/** A directory held by this process until it is released. */
export interface DirectoryLock {
  /** Gives it free. Safe to call twice. */
  release(): Promise<void>;
}

/**
 * The only door to a file system, a clock and random bytes, so that a test can stand in for all three.
 *
 * Paths use `/`. Every failure is a `StorageError` (errors.ts): DISK_FULL when there is no space, else INTERNAL, with
 * `kind` saying which. The caller owns every buffer again once the promise is settled.
 */
export interface Env {
  /** "node", "memory", "faulty(memory)": for messages only. */
  readonly name: string;
  /** Milliseconds since 1970, an integer. */
  now(): number;
  /** Calls `run` once after about `delayMs`, 0..2^31 - 1; keeps no process alive. Returns what cancels it. */
  startTimer(delayMs: number, run: () => void): () => void;
  /** u8[count], fit for identifiers. */
  randomBytes(count: number): Uint8Array;
  /** CRC-32 (IEEE) as zlib computes it; `seed` is the crc of the bytes before, 0 when there are none. */
  crc32(bytes: Uint8Array, seed?: number): number;

  /** Creates for reading and writing; kind `exists` when there is such a file. */
  createFile(path: string): Promise<EnvFile>;
  /** Opens for reading and writing; kind `not_found` when absent. */
  openFile(path: string): Promise<EnvFile>;
  /** Whether there is a file or a directory of this name. */
  exists(path: string): Promise<boolean>;
  /** Kind `not_found` when absent. */
  fileSize(path: string): Promise<number>;

  /** Creates the directory and its missing parents, on the disk when it returns; no error when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Names, sorted by code unit; empty when there is no such directory. */
  listDirectory(path: string): Promise<readonly string[]>;
  /** Removes a file; no error when absent. */
  remove(path: string): Promise<void>;
  /** Removes a directory with all it holds; no error when absent. */
  removeDirectory(path: string): Promise<void>;
  /** Atomic within one file system; replaces `to`. */
  rename(from: string, to: string): Promise<void>;
  /** A hard link, or a synced copy where the file system has none; kind `exists` when `to` is there. */
  linkOrCopy(from: string, to: string): Promise<void>;
  /** Returns when the names made, changed and removed in this directory are on the disk. */
  syncDirectory(path: string): Promise<void>;
  /** Undefined where the platform does not say. */
  freeBytes(path: string): Promise<number | undefined>;
  /** Memory of the machine, or of the container when that has less; undefined where the platform does not say. */
  memoryBytes(): number | undefined;
  /** Takes the directory for this process; DATA_DIR_IN_USE, with pid and start time, when another has it. */
  lockDirectory(path: string): Promise<DirectoryLock>;
}

/** Joins parts of a path with `/`; empty parts are left out. */
export function joinPath(...parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== "").join("/");
  return joined.replace(/\/{2,}/g, "/");
}

/** The directory a path lies in: "" for a bare name, "/" for a name in the root. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash === 0) return path.length > 1 ? "/" : "";
  return slash < 0 ? "" : path.slice(0, slash);
}
