import type { DirectoryLock, Env, EnvFile } from "./env.js";

/** Files that are open for the time of a read or a write, at most; fewer where few are allowed at all. */
const PASSING_MAX = 64;
/** Fewer would have every write wait for another. */
const PASSING_MIN = 4;

/**
 * An Env that never has more than so many files open. A quarter of them, 4 to 64, are for reads and writes that pass: one more
 * waits until another is closed. The rest may be held open for as long as somebody needs them; who wants one more is told no.
 *
 * A file that passes is closed without waiting for another, so that none of them can wait for ever.
 */
export class LimitedEnv implements Env {
  readonly name: string;
  readonly #inner: Env;
  readonly #heldMax: number;
  #held = 0;
  #passing: number;
  readonly #waiting: (() => void)[] = [];

  /** @param filesMax  8 or more; infinite where nothing is counted */
  constructor(inner: Env, filesMax: number) {
    this.#inner = inner;
    this.name = inner.name;
    this.#passing = Math.min(PASSING_MAX, Math.max(PASSING_MIN, Math.floor(filesMax / 4)));
    this.#heldMax = filesMax - this.#passing;
  }

  /** Files that may be held open beside those that are. */
  get holdable(): number {
    return this.#heldMax - this.#held;
  }

  /** Files that may be held open at most. */
  get holdableMax(): number {
    return this.#heldMax;
  }

  /** Takes the right to hold one file open; false when there is none. Who has it gives it back with `endHold`. */
  tryHold(): boolean {
    if (this.#held >= this.#heldMax) return false;
    this.#held++;
    return true;
  }

  /** Gives back what `tryHold` took, once the file is closed. */
  endHold(): void {
    this.#held--;
  }

  /** Opens a file for who has taken the right to hold one. */
  openHeld(path: string): Promise<EnvFile> {
    return this.#inner.openFile(path);
  }

  createFile(path: string): Promise<EnvFile> {
    return this.#pass(() => this.#inner.createFile(path));
  }

  openFile(path: string): Promise<EnvFile> {
    return this.#pass(() => this.#inner.openFile(path));
  }

  async #pass(open: () => Promise<EnvFile>): Promise<EnvFile> {
    const end = await this.#enter();
    try {
      return new PassingFile(await open(), end);
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Waits for its turn; returns what ends it, which may be called twice. */
  async #enter(): Promise<() => void> {
    if (this.#passing > 0) this.#passing--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#passing++;
      else next();
    };
  }

  /** The directory that is synced is a file of the system's, too. */
  async syncDirectory(path: string): Promise<void> {
    const end = await this.#enter();
    try {
      await this.#inner.syncDirectory(path);
    } finally {
      end();
    }
  }

  now(): number {
    return this.#inner.now();
  }

  startTimer(delayMs: number, run: () => void): () => void {
    return this.#inner.startTimer(delayMs, run);
  }

  randomBytes(count: number): Uint8Array {
    return this.#inner.randomBytes(count);
  }

  crc32(bytes: Uint8Array, seed?: number): number {
    return this.#inner.crc32(bytes, seed);
  }

  exists(path: string): Promise<boolean> {
    return this.#inner.exists(path);
  }

  fileSize(path: string): Promise<number> {
    return this.#inner.fileSize(path);
  }

  makeDirectory(path: string): Promise<void> {
    return this.#inner.makeDirectory(path);
  }

  listDirectory(path: string): Promise<readonly string[]> {
    return this.#inner.listDirectory(path);
  }

  remove(path: string): Promise<void> {
    return this.#inner.remove(path);
  }

  removeDirectory(path: string): Promise<void> {
    return this.#inner.removeDirectory(path);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#inner.rename(from, to);
  }

  linkOrCopy(from: string, to: string): Promise<void> {
    return this.#inner.linkOrCopy(from, to);
  }

  freeBytes(path: string): Promise<number | undefined> {
    return this.#inner.freeBytes(path);
  }

  memoryBytes(): number | undefined {
    return this.#inner.memoryBytes();
  }

  lockDirectory(path: string): Promise<DirectoryLock> {
    return this.#inner.lockDirectory(path);
  }
}

/** A file that says when it is closed. */
class PassingFile implements EnvFile {
  readonly path: string;
  readonly #inner: EnvFile;
  readonly #onClose: () => void;

  constructor(inner: EnvFile, onClose: () => void) {
    this.path = inner.path;
    this.#inner = inner;
    this.#onClose = onClose;
  }

  size(): Promise<number> {
    return this.#inner.size();
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#inner.read(into, position);
  }

  readSync(into: Uint8Array, position: number): number {
    return this.#inner.readSync(into, position);
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#inner.write(bytes, position);
  }

  writev(buffers: readonly Uint8Array[], position: number): Promise<void> {
    return this.#inner.writev(buffers, position);
  }

  sync(): Promise<void> {
    return this.#inner.sync();
  }

  truncate(length: number): Promise<void> {
    return this.#inner.truncate(length);
  }

  async close(): Promise<void> {
    try {
      await this.#inner.close();
    } finally {
      this.#onClose();
    }
  }
}
