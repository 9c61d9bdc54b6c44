import { assert, VecstoreError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { type DirectoryLock, type Env, type EnvFile, parentPath } from "./env.js";
import { StorageError, toStorageError } from "./errors.js";
import { MemoryContent } from "./memory-content.js";
import { startPlatformTimer } from "./timer.js";

/** The clock and the random bytes of a memory file system. */
export interface MemoryEnvOptions {
  /** The clock; the system's when absent. */
  readonly now?: () => number;
  /** Its timers, for a clock that a test moves; the system's when absent. See `Env.startTimer`. */
  readonly startTimer?: (delayMs: number, run: () => void) => () => void;
  /** The source of random bytes; the platform's when absent. */
  readonly randomBytes?: (count: number) => Uint8Array;
}

/** A file system in memory, for browsers and tests. It lives as long as this object; two stores may share it. */
export class MemoryEnv implements Env {
  readonly name = "memory";
  readonly #options: MemoryEnvOptions;
  readonly #files = new Map<string, MemoryContent>();
  readonly #directories = new Set<string>(["", "/", "."]);
  readonly #locks = new Map<string, number>();

  /** @param options  for tests; the defaults are those of the platform */
  constructor(options: MemoryEnvOptions = {}) {
    this.#options = options;
  }

  now(): number {
    return Math.floor((this.#options.now ?? Date.now)());
  }

  startTimer(delayMs: number, run: () => void): () => void {
    return (this.#options.startTimer ?? startPlatformTimer)(delayMs, run);
  }

  randomBytes(count: number): Uint8Array {
    if (this.#options.randomBytes !== undefined) return this.#options.randomBytes(count);
    return globalThis.crypto.getRandomValues(new Uint8Array(count));
  }

  crc32(bytes: Uint8Array, seed?: number): number {
    return crc32(bytes, seed);
  }

  async createFile(path: string): Promise<EnvFile> {
    const name = this.#newName(path, "create");
    const content = new MemoryContent();
    this.#files.set(name, content);
    return new MemoryFile(path, content);
  }

  async openFile(path: string): Promise<EnvFile> {
    return new MemoryFile(path, this.#content(path, "open"));
  }

  async exists(path: string): Promise<boolean> {
    const name = normalize(path);
    return this.#files.has(name) || this.#directories.has(name);
  }

  async fileSize(path: string): Promise<number> {
    return this.#content(path, "find").size;
  }

  async makeDirectory(path: string): Promise<void> {
    for (let at = normalize(path); !this.#directories.has(at); at = parentPath(at)) {
      if (this.#files.has(at)) throw new StorageError("exists", "create directory", path);
      this.#directories.add(at);
    }
  }

  async listDirectory(path: string): Promise<readonly string[]> {
    const inside = within(path);
    const names = new Set<string>();
    for (const known of [this.#files.keys(), this.#directories].flatMap((paths) => [...paths])) {
      if (known.length <= inside.length || !known.startsWith(inside)) continue;
      const name = known.slice(inside.length);
      if (!name.includes("/") && name !== ".") names.add(name);
    }
    return [...names].sort();
  }

  async remove(path: string): Promise<void> {
    this.#files.delete(normalize(path));
  }

  async removeDirectory(path: string): Promise<void> {
    const inside = within(path);
    for (const file of [...this.#files.keys()]) if (file.startsWith(inside)) this.#files.delete(file);
    for (const directory of [...this.#directories])
      if (directory.startsWith(inside)) this.#directories.delete(directory);
    this.#directories.delete(normalize(path));
  }

  async rename(from: string, to: string): Promise<void> {
    const content = this.#content(from, "rename");
    this.#assertParent(to, "rename to");
    this.#files.delete(normalize(from));
    this.#files.set(normalize(to), content);
  }

  async linkOrCopy(from: string, to: string): Promise<void> {
    const content = this.#content(from, "link");
    this.#files.set(this.#newName(to, "link"), content);
  }

  async syncDirectory(path: string): Promise<void> {
    if (!this.#directories.has(normalize(path))) throw new StorageError("not_found", "sync directory", path);
  }

  async freeBytes(_path: string): Promise<number | undefined> {
    return undefined;
  }

  memoryBytes(): undefined {
    return undefined;
  }

  async lockDirectory(path: string): Promise<DirectoryLock> {
    const name = normalize(path);
    const since = this.#locks.get(name);
    if (since !== undefined) throw inUse(path, since);
    this.#locks.set(name, this.now());
    return {
      release: async () => {
        this.#locks.delete(name);
      },
    };
  }

  /**
   * The content of a file, a copy; for tests and for saving a browser's store elsewhere.
   *
   * @throws VecstoreError INTERNAL of kind `not_found`
   * Cost: a copy.
   */
  readFile(path: string): Uint8Array {
    return this.#content(path, "read").copy();
  }

  /**
   * Replaces or creates a file, with its directories; takes a copy of the bytes.
   *
   * @throws       never
   * Cost: a copy.
   */
  writeFile(path: string, bytes: Uint8Array): void {
    const name = normalize(path);
    for (let at = parentPath(name); !this.#directories.has(at); at = parentPath(at)) this.#directories.add(at);
    const content = new MemoryContent();
    content.write(bytes, 0);
    this.#files.set(name, content);
  }

  /**
   * Every file by path, sorted by code unit.
   *
   * @throws never
   * Cost: sorts them.
   */
  paths(): string[] {
    return [...this.#files.keys()].sort();
  }

  /**
   * Every directory by path, sorted by code unit.
   *
   * @throws never
   * Cost: sorts them.
   */
  directories(): string[] {
    return [...this.#directories].sort();
  }

  #content(path: string, operation: string): MemoryContent {
    const content = this.#files.get(normalize(path));
    if (content === undefined) throw new StorageError("not_found", operation, path);
    return content;
  }

  /** The normalized name of a file to be made. */
  #newName(path: string, operation: string): string {
    const name = normalize(path);
    if (this.#files.has(name) || this.#directories.has(name)) throw new StorageError("exists", operation, path);
    this.#assertParent(path, operation);
    return name;
  }

  #assertParent(path: string, operation: string): void {
    if (!this.#directories.has(parentPath(normalize(path)))) throw new StorageError("not_found", operation, path);
  }
}

/** `a//b/` and `./a/b` are `a/b`. */
export function normalize(path: string): string {
  const slashes = path.replace(/\/{2,}/g, "/").replace(/^(\.\/)+/, "");
  return slashes.length > 1 && slashes.endsWith("/") ? slashes.slice(0, -1) : slashes;
}

/** What the paths inside a directory begin with. */
function within(path: string): string {
  const name = normalize(path);
  if (name === "" || name === ".") return "";
  return name === "/" ? "/" : `${name}/`;
}

function inUse(path: string, since: number): VecstoreError {
  const startedAt = new Date(since).toISOString();
  const message = `directory ${path} is open in this process since ${startedAt}; close that store first`;
  return new VecstoreError("DATA_DIR_IN_USE", message, { directory: path, pid: "0", startedAt });
}

/** Works on its content also after the name is gone, as on POSIX. */
class MemoryFile implements EnvFile {
  readonly path: string;
  readonly #content: MemoryContent;
  #open = true;

  constructor(path: string, content: MemoryContent) {
    this.path = path;
    this.#content = content;
  }

  async size(): Promise<number> {
    return this.#opened().size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.readSync(into, position);
  }

  readSync(into: Uint8Array, position: number): number {
    return this.#opened().read(into, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.writev([bytes], position);
  }

  async writev(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const content = this.#opened();
    let at = position;
    try {
      for (const buffer of buffers) {
        content.write(buffer, at);
        at += buffer.length;
      }
    } catch (error) {
      // The only way to fail is that no larger buffer can be had.
      throw toStorageError({ code: "ENOSPC", cause: error }, "write", this.path);
    }
  }

  async sync(): Promise<void> {
    this.#opened();
  }

  async truncate(length: number): Promise<void> {
    this.#opened().truncate(length);
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #opened(): MemoryContent {
    assert(this.#open, `${this.path} is open`);
    return this.#content;
  }
}
