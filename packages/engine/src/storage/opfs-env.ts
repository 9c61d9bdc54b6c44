import { VecstoreError } from "../errors.js";
import { crc32 } from "./crc32.js";
import type { DirectoryLock, Env, EnvFile } from "./env.js";
import { StorageError, toStorageError } from "./errors.js";
import { copyAndSync, OpfsFile, SharedHandle } from "./opfs-file.js";
import { lockOpfsDirectory } from "./opfs-lock.js";
import { directoryAt, directoryOf, fileAt, ifThere, nameOf, normalizeOpfs, partsOf } from "./opfs-names.js";
import { assertOpfsPlatform, type MovableFile } from "./opfs-platform.js";
import { Turns } from "./opfs-turns.js";
import { startPlatformTimer } from "./timer.js";

/** Options of `OpfsEnv`. */
export interface OpfsEnvOptions {
  /**
   * Milliseconds to wait for a directory, or a file in it, that another worker has: an integer from 0 on. Default 3,000, since a
   * browser may take two seconds to end the worker of a page that was reloaded.
   */
  readonly waitMs?: number;
}

const WAIT_MS_DEFAULT = 3_000;
/** Between two tries for a file whose last holder is on its way out. */
const RETRY_MS = 20;

/**
 * The private file system of a browser (OPFS), which outlives the page. A store opened with it runs whole inside one dedicated
 * worker.
 *
 * What can be lost: nothing that was answered, when the worker, the tab or the browser is killed. Contents are synced, but a
 * browser has no way to sync **names**: a power cut may take back files that were made, renamed or removed in the seconds before it.
 * And a browser that runs out of space may evict a whole site, unless the page was granted `navigator.storage.persist()`.
 *
 * Other than on Node's file system, a file that is open cannot be renamed or replaced, and the name of one that was removed while
 * it was open is free only when that is closed. There are no hard links: `linkOrCopy` copies.
 *
 * Source: File System Standard, https://fs.spec.whatwg.org
 */
export class OpfsEnv implements Env {
  readonly name = "opfs";
  readonly #waitMs: number;
  readonly #turns: Turns;
  /** By normalized path: a worker can have one handle on a file. */
  readonly #open = new Map<string, SharedHandle>();
  /** Settled when the last operation on names that was asked for is through. */
  #names: Promise<unknown> = Promise.resolve();

  /** @throws VecstoreError INVALID_CONFIGURATION outside a dedicated worker, and where the browser lacks something */
  constructor({ waitMs = WAIT_MS_DEFAULT }: OpfsEnvOptions = {}) {
    if (!Number.isSafeInteger(waitMs) || waitMs < 0) {
      throw new VecstoreError("INVALID_CONFIGURATION", `waitMs is ${waitMs}; allowed are integers from 0 on`);
    }
    assertOpfsPlatform();
    this.#waitMs = waitMs;
    // Only now: it opens a channel, which keeps a process alive where there is no such file system.
    this.#turns = new Turns();
  }

  now(): number {
    return Date.now();
  }

  startTimer(delayMs: number, run: () => void): () => void {
    return startPlatformTimer(delayMs, run);
  }

  randomBytes(count: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(count));
  }

  crc32(bytes: Uint8Array, seed?: number): number {
    return crc32(bytes, seed);
  }

  createFile(path: string): Promise<EnvFile> {
    return this.#alone("create", path, async () => {
      await this.#assertAbsent("create", path);
      return this.#openHandle(path, await (await directoryOf(path)).getFileHandle(nameOf(path), { create: true }));
    });
  }

  openFile(path: string): Promise<EnvFile> {
    return this.#alone("open", path, async () => this.#openHandle(path, await this.#fileAt(path)));
  }

  exists(path: string): Promise<boolean> {
    return this.#alone("find", path, () => this.#isThere(path));
  }

  fileSize(path: string): Promise<number> {
    return this.#alone("find", path, async () => {
      const file = await this.#fileAt(path);
      return this.#open.get(normalizeOpfs(path))?.handle.getSize() ?? (await file.getFile()).size;
    });
  }

  makeDirectory(path: string): Promise<void> {
    return this.#alone("create directory", path, async () => {
      let directory = await navigator.storage.getDirectory();
      for (const part of partsOf(path)) directory = await directory.getDirectoryHandle(part, { create: true });
    });
  }

  listDirectory(path: string): Promise<readonly string[]> {
    return this.#alone("list", path, async () => {
      const directory = await ifThere(directoryAt(path));
      const names: string[] = [];
      for await (const name of directory?.keys() ?? []) if (!this.#isRemoved(`${path}/${name}`)) names.push(name);
      return names.sort();
    });
  }

  remove(path: string): Promise<void> {
    return this.#alone("remove", path, async () => {
      const shared = this.#open.get(normalizeOpfs(path));
      if (shared === undefined) await removeClosed(path);
      else shared.isRemoved = true;
    });
  }

  removeDirectory(path: string): Promise<void> {
    return this.#alone("remove", path, async () => {
      this.#assertClosed("remove", path, (open) => open.startsWith(`${normalizeOpfs(path)}/`));
      if ((await ifThere(directoryAt(path))) === undefined) return;
      await (await directoryOf(path)).removeEntry(nameOf(path), { recursive: true });
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#alone("rename", from, async () => {
      const file = await this.#fileAt(from);
      const names = [normalizeOpfs(from), normalizeOpfs(to)];
      this.#assertClosed("rename", from, (open) => names.includes(open));
      await file.move(await directoryOf(to), nameOf(to));
    });
  }

  async linkOrCopy(from: string, to: string): Promise<void> {
    // Under another name until it is whole: what a killed worker leaves must not pass for the copy.
    const unfinished = `${to}.tmp`;
    await this.#alone("copy to", to, () => this.#assertAbsent("copy to", to));
    const source = await this.openFile(from);
    try {
      await this.remove(unfinished);
      await copyAndSync(source, await this.createFile(unfinished));
      await this.rename(unfinished, to);
    } catch (error) {
      // The first error is the one to report; what cannot be removed is an orphan that the next opening removes.
      await this.remove(unfinished).catch(() => undefined);
      throw error;
    } finally {
      await source.close();
    }
  }

  /** Only looks whether it is there: a browser syncs names when it likes. */
  async syncDirectory(path: string): Promise<void> {
    await this.#alone("sync directory", path, () => directoryAt(path));
  }

  async freeBytes(_path: string): Promise<number | undefined> {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
  }

  memoryBytes(): undefined {
    return undefined;
  }

  lockDirectory(path: string): Promise<DirectoryLock> {
    return lockOpfsDirectory(normalizeOpfs(path), this.#waitMs);
  }

  /**
   * Runs one operation on names at a time, so that none sees another half done; and runs it again while another worker, which can
   * only be on its way out, has the file.
   */
  #alone<T>(operation: string, path: string, run: () => Promise<T>): Promise<T> {
    const done = this.#names.then(async () => {
      const end = performance.now() + this.#waitMs;
      for (;;) {
        try {
          return await run();
        } catch (error) {
          if (!isHeldElsewhere(error) || performance.now() >= end) throw toStorageError(error, operation, path);
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    });
    this.#names = done.catch(() => {});
    return done;
  }

  async #openHandle(path: string, file: FileSystemFileHandle): Promise<EnvFile> {
    const name = normalizeOpfs(path);
    const shared = this.#open.get(name) ?? new SharedHandle(await (file as MovableFile).createSyncAccessHandle());
    this.#open.set(name, shared);
    shared.users++;
    return new OpfsFile(path, shared, { turns: this.#turns, letGo: () => this.#letGo(name, shared) });
  }

  async #letGo(name: string, shared: SharedHandle): Promise<void> {
    if (--shared.users > 0) return;
    shared.handle.close();
    if (!shared.isRemoved) this.#open.delete(name);
    else await this.#alone("remove", name, () => removeClosed(name).finally(() => this.#open.delete(name)));
  }

  /** A file that is there, and not removed and still open. */
  async #fileAt(path: string): Promise<MovableFile> {
    if (this.#isRemoved(path)) throw new StorageError("not_found", "open", path);
    return (await fileAt(path)) as MovableFile;
  }

  async #isThere(path: string): Promise<boolean> {
    if (this.#isRemoved(path)) return false;
    return (await ifThere(directoryAt(path))) !== undefined || (await ifThere(fileAt(path))) !== undefined;
  }

  async #assertAbsent(operation: string, path: string): Promise<void> {
    this.#assertClosed(operation, path, (open) => open === normalizeOpfs(path) && this.#isRemoved(open));
    if (await this.#isThere(path)) throw new StorageError("exists", operation, path);
  }

  /** @throws StorageError `io` when a file is open whose normalized path `isInTheWay` */
  #assertClosed(operation: string, path: string, isInTheWay: (open: string) => boolean): void {
    const open = [...this.#open.keys()].find(isInTheWay);
    if (open !== undefined) throw new StorageError("io", operation, path, new Error(`${open} is open in this worker`));
  }

  #isRemoved(path: string): boolean {
    return this.#open.get(normalizeOpfs(path))?.isRemoved === true;
  }
}

/** Removes a file, if there is one, and no directory. */
async function removeClosed(path: string): Promise<void> {
  if ((await ifThere(fileAt(path))) !== undefined) await (await directoryOf(path)).removeEntry(nameOf(path));
}

/** Whether the browser says that a handle is in the way. Of the handles of this worker `OpfsEnv` knows, so it is another's. */
function isHeldElsewhere(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NoModificationAllowedError";
}
