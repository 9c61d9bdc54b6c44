import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { totalmem } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { crc32 } from "./crc32.js";
import type { DirectoryLock, Env, EnvFile } from "./env.js";
import { isNotFound, StorageError, toStorageError } from "./errors.js";
import { lockNodeDirectory } from "./node-env-lock.js";
import { startPlatformTimer } from "./timer.js";

// Plain descriptors: a FileHandle costs a third more per write.
const open = promisify(fs.open);
const close = promisify(fs.close);
const read = promisify(fs.read);
const writev = promisify(fs.writev);
const fstat = promisify(fs.fstat);
const ftruncate = promisify(fs.ftruncate);
const fdatasync = promisify(fs.fdatasync);
const fsync = promisify(fs.fsync);

const IS_WINDOWS = process.platform === "win32";
/** IOV_MAX of Linux and macOS; longer lists are written in parts. */
const BUFFERS_MAX = 1024;
/** zlib has it since Node 20.15; typed as always there. */
const nativeCrc32: typeof zlib.crc32 | undefined = zlib.crc32;

/** The file system, clock and random source of Node. */
export class NodeEnv implements Env {
  readonly name = "node";

  now(): number {
    return Date.now();
  }

  startTimer(delayMs: number, run: () => void): () => void {
    return startPlatformTimer(delayMs, run);
  }

  randomBytes(count: number): Uint8Array {
    return new Uint8Array(randomBytes(count));
  }

  crc32(bytes: Uint8Array, seed = 0): number {
    return nativeCrc32 === undefined ? crc32(bytes, seed) : nativeCrc32(bytes, seed);
  }

  async createFile(path: string): Promise<EnvFile> {
    return new NodeFile(path, await named("create", path, open(path, "wx+")));
  }

  async openFile(path: string): Promise<EnvFile> {
    return new NodeFile(path, await named("open", path, open(path, "r+")));
  }

  async exists(path: string): Promise<boolean> {
    return found(named("find", path, fs.promises.stat(path)));
  }

  async fileSize(path: string): Promise<number> {
    return (await named("find", path, fs.promises.stat(path))).size;
  }

  async makeDirectory(directory: string): Promise<void> {
    const made = await named("create directory", directory, makeDirectories(directory));
    if (made === undefined) return;
    // `made` is the first that was missing: each name from there down lies in a directory that has to be synced.
    const last = path.resolve(made);
    for (let at = path.resolve(directory); ; at = path.dirname(at)) {
      await this.syncDirectory(path.dirname(at));
      if (at === last || at === path.dirname(at)) return;
    }
  }

  async listDirectory(path: string): Promise<readonly string[]> {
    try {
      return (await named("list", path, fs.promises.readdir(path))).sort();
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    await found(named("remove", path, fs.promises.unlink(path)));
  }

  async removeDirectory(path: string): Promise<void> {
    await named("remove", path, fs.promises.rm(path, { recursive: true, force: true }));
  }

  async rename(from: string, to: string): Promise<void> {
    await named("rename", from, fs.promises.rename(from, to));
  }

  async linkOrCopy(from: string, to: string): Promise<void> {
    try {
      await fs.promises.link(from, to);
    } catch (error) {
      const failure = toStorageError(error, "link", from);
      // Network file systems, FAT, and a directory on another device have no links; the rest would fail a copy too.
      if (failure instanceof StorageError && failure.kind !== "io" && failure.kind !== "denied") throw failure;
      await copyAndSync(from, to);
    }
  }

  async syncDirectory(path: string): Promise<void> {
    // Windows cannot open a directory; its journal orders the names.
    if (IS_WINDOWS) return;
    const descriptor = await named("open directory", path, open(path, "r"));
    try {
      await named("sync directory", path, fsync(descriptor));
    } finally {
      await close(descriptor);
    }
  }

  async freeBytes(path: string): Promise<number | undefined> {
    const stats = await named("measure", path, fs.promises.statfs(path));
    return stats.bavail * stats.bsize;
  }

  memoryBytes(): number {
    // 0 where there is no limit, or one of 2^64.
    const container = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
    return Math.min(totalmem(), container);
  }

  async lockDirectory(path: string): Promise<DirectoryLock> {
    return lockNodeDirectory(path);
  }
}

class NodeFile implements EnvFile {
  readonly path: string;
  readonly #descriptor: number;
  #closed = false;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  async size(): Promise<number> {
    return (await named("find", this.path, fstat(this.#opened()))).size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const call = read(this.#opened(), into, done, into.length - done, position + done);
      const { bytesRead } = await named("read", this.path, call);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  readSync(into: Uint8Array, position: number): number {
    try {
      let done = 0;
      while (done < into.length) {
        const got = fs.readSync(this.#opened(), into, done, into.length - done, position + done);
        if (got === 0) break;
        done += got;
      }
      return done;
    } catch (error) {
      throw toStorageError(error, "read", this.path);
    }
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.writev([bytes], position);
  }

  async writev(buffers: readonly Uint8Array[], position: number): Promise<void> {
    let rest = buffers.filter((buffer) => buffer.length > 0);
    let at = position;
    while (rest.length > 0) {
      const call = writev(this.#opened(), rest.slice(0, BUFFERS_MAX), at);
      const { bytesWritten } = await named("write", this.path, call);
      // The system says why only when asked again: usually that the disk is full.
      if (bytesWritten === 0) throw new StorageError("io", "write", this.path, new Error("nothing was written"));
      at += bytesWritten;
      rest = after(rest, bytesWritten);
    }
  }

  async sync(): Promise<void> {
    await named("sync", this.path, fdatasync(this.#opened()));
  }

  async truncate(length: number): Promise<void> {
    await named("truncate", this.path, ftruncate(this.#opened(), length));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await named("close", this.path, close(this.#descriptor));
  }

  /** A closed descriptor's number may belong to another file by now. */
  #opened(): number {
    if (this.#closed) throw new StorageError("io", "use", this.path, new Error("the file is closed"));
    return this.#descriptor;
  }
}

/** What is left of `buffers` behind their first `bytes` bytes. */
function after(buffers: Uint8Array[], bytes: number): Uint8Array[] {
  let skipped = bytes;
  let first = 0;
  while (first < buffers.length && skipped >= buffers[first]!.length) skipped -= buffers[first++]!.length;
  const rest = buffers.slice(first);
  if (skipped > 0) rest[0] = rest[0]!.subarray(skipped);
  return rest;
}

async function copyAndSync(from: string, to: string): Promise<void> {
  await named("copy", from, fs.promises.copyFile(from, to, fs.constants.COPYFILE_EXCL));
  const copy = new NodeFile(to, await named("open", to, open(to, "r+")));
  try {
    await copy.sync();
  } finally {
    await copy.close();
  }
}

/** Whether the call found its file; other failures pass. */
async function found(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** By its whole path: under a working directory that was deleted Node never comes to an end with a relative one. */
async function makeDirectories(directory: string): Promise<string | undefined> {
  return fs.promises.mkdir(path.resolve(directory), { recursive: true });
}

async function named<T>(operation: string, path: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toStorageError(error, operation, path);
  }
}
