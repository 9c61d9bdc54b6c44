import { VecstoreError } from "../errors.js";
import type { Env } from "../storage/env.js";
import { toStorageError } from "../storage/errors.js";
import { type LogFiles, SyncFailure, syncOrFail } from "./files.js";
import { entryBytes } from "./frame.js";
import { assertHeader, Group } from "./group.js";
import type { AppendedEntry, FsyncPolicy, Log, LogEntryHeader } from "./log.js";

/** What is written at once: enough to keep the disk busy, little enough to answer soon. One larger entry goes alone. */
export const GROUP_BYTES_MAX = 8 * 1024 * 1024;

/** Where a writer begins and whom it answers. */
export interface LogWriterOptions {
  readonly env: Env;
  readonly files: LogFiles;
  /** Where the log ends, all of it synced. */
  readonly end: number;
  readonly fsync: FsyncPolicy;
  onDurable(entry: AppendedEntry): void;
  onSync?(durationMs: number): void;
}

interface SyncWaiter {
  /** Number of the last group that must be written before. */
  readonly group: number;
  readonly wants: "sync" | "new file";
  resolve(): void;
  reject(error: unknown): void;
}

/** The one writer of a log: a queue of groups and a loop that writes, syncs and answers them one by one. */
export class LogWriter implements Log {
  readonly #options: LogWriterOptions;
  readonly #files: LogFiles;
  readonly #queue: Group[] = [];
  #groupsMade = 0;
  #groupsDone = 0;
  #waiters: SyncWaiter[] = [];
  #end: number;
  #durableUpTo: number;
  #running = false;
  #stopped: VecstoreError | undefined;
  #closing: Promise<void> | undefined;
  #trimming: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#files = options.files;
    this.#end = options.end;
    this.#durableUpTo = options.end;
  }

  get id(): Uint8Array {
    return this.#files.id;
  }

  get start(): number {
    return this.#files.start;
  }

  get end(): number {
    return this.#end;
  }

  get durableUpTo(): number {
    return this.#durableUpTo;
  }

  get bytes(): number {
    return this.#end - this.start;
  }

  get fileCount(): number {
    return this.#files.count;
  }

  async append(entry: LogEntryHeader & { readonly payload: Uint8Array }): Promise<AppendedEntry> {
    this.#assertOpen();
    assertHeader(entry);
    return new Promise((resolve, reject) => {
      this.#groupFor(entryBytes(entry.payload.length)).add(entry, entry.payload, { resolve, reject });
      this.#wake();
    });
  }

  async sync(): Promise<void> {
    this.#assertOpen();
    return this.#wait("sync");
  }

  async beginFile(): Promise<void> {
    this.#assertOpen();
    return this.#wait("new file");
  }

  async trim(position: number): Promise<void> {
    this.#assertOpen();
    const trimmed = this.#trimming.then(() => this.#files.trim(position));
    this.#trimming = trimmed.catch(() => {});
    try {
      await trimmed;
    } catch (error) {
      throw error instanceof SyncFailure ? this.#stop(error.cause) : error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const stoppedBefore = this.#stopped;
    try {
      if (stoppedBefore === undefined) await this.#wait("sync");
    } finally {
      clearTimeout(this.#timer);
      await this.#trimming;
      // All that could be saved is synced, or the log is stopped: a descriptor that does not close loses nothing.
      await this.#files.close().catch(() => {});
    }
  }

  #assertOpen(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#closing !== undefined) throw new VecstoreError("STORE_CLOSED", "the store is closed; open it again");
  }

  /** The newest group of the queue while it has room. The one being written has left the queue. */
  #groupFor(bytes: number): Group {
    const newest = this.#queue.at(-1);
    if (newest !== undefined && newest.bytes + bytes <= GROUP_BYTES_MAX) return newest;
    const group = new Group(++this.#groupsMade);
    this.#queue.push(group);
    return group;
  }

  #wait(wants: SyncWaiter["wants"]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ group: this.#groupsMade, wants, resolve, reject });
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  /** Never throws: each failure is the answer to somebody. */
  async #run(): Promise<void> {
    // Appends of the same turn of the event loop join the first group.
    await undefined;
    while (this.#stopped === undefined) {
      if (this.#waiters.some((waiter) => waiter.group <= this.#groupsDone)) await this.#serveWaiters();
      else if (this.#queue.length > 0) await this.#commit(this.#queue.shift()!);
      else break;
    }
    this.#running = false;
  }

  async #serveWaiters(): Promise<void> {
    try {
      await this.#syncTail();
    } catch (error) {
      this.#stop((error as SyncFailure).cause);
      return;
    }
    const served = this.#waiters.filter((waiter) => waiter.group <= this.#groupsDone);
    this.#waiters = this.#waiters.filter((waiter) => waiter.group > this.#groupsDone);
    for (const waiter of served) {
      if (waiter.wants === "sync") waiter.resolve();
      else await this.#beginFile().then(waiter.resolve, waiter.reject);
    }
  }

  /** What is written so far is synced. A file without entries is as good as a new one. */
  async #beginFile(): Promise<void> {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#files.isEmpty(this.#end)) return;
    try {
      await this.#files.rotate(this.#end);
    } catch (error) {
      if (error instanceof SyncFailure) throw this.#stop(error.cause);
      throw toStorageError(error, "create", "the next file of the log");
    }
  }

  async #commit(group: Group): Promise<void> {
    const position = this.#end;
    try {
      await this.#write(group);
      if (this.#options.fsync === "always") await this.#syncTail();
      group.accept(position, this.#options.onDurable);
      this.#armTimer();
    } catch (error) {
      group.refuse(this.#reasonOf(error));
    }
    this.#groupsDone = group.number;
  }

  /** A failed write is for its group alone to know; whatever else fails here stops the log. */
  #reasonOf(error: unknown): unknown {
    if (error instanceof WriteRefused) return error.cause;
    return this.#stop(error instanceof SyncFailure ? error.cause : error);
  }

  async #write(group: Group): Promise<void> {
    if (this.#files.isFull(this.#end)) await this.#rotate();
    const { env } = this.#options;
    const { file, saltCrc } = this.#files.tail;
    const buffers = group.seal(env, saltCrc, this.#durableUpTo);
    try {
      await file.writev(buffers, this.#files.offsetOf(this.#end));
    } catch (error) {
      await this.#cutBack();
      throw new WriteRefused(toStorageError(error, "write", file.path));
    }
    this.#end += group.bytes;
  }

  /**
   * Takes what a failed write left off the disk, for good: an entry that was refused must not come back after a power cut.
   *
   * @throws SyncFailure when that fails, which stops the log
   */
  async #cutBack(): Promise<void> {
    const { file } = this.#files.tail;
    await syncOrFail(file.truncate(this.#files.offsetOf(this.#end)));
    await syncOrFail(file.sync());
    this.#durableUpTo = this.#end;
  }

  /** Only the newest file may hold what is not synced, under every policy. */
  async #rotate(): Promise<void> {
    await this.#syncTail();
    try {
      await this.#files.rotate(this.#end);
    } catch (error) {
      if (error instanceof SyncFailure) throw error;
      throw new WriteRefused(toStorageError(error, "create", "the next file of the log"));
    }
  }

  async #syncTail(): Promise<void> {
    const end = this.#end;
    if (this.#durableUpTo === end) return;
    const startedAt = performance.now();
    await syncOrFail(this.#files.tail.file.sync());
    this.#durableUpTo = end;
    this.#options.onSync?.(performance.now() - startedAt);
  }

  #armTimer(): void {
    const { fsync } = this.#options;
    if (typeof fsync === "string" || this.#timer !== undefined || this.#closing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // A failure stops the log, which every later append says.
      if (this.#stopped === undefined && this.#closing === undefined) this.#wait("sync").catch(() => {});
    }, fsync.intervalMs);
    // Node's timers keep a process alive; a browser's are numbers.
    if (typeof this.#timer === "object") this.#timer.unref();
  }

  /** Refuses everything that waits and comes later; returns the error to say so with. */
  #stop(cause: unknown): VecstoreError {
    if (this.#stopped !== undefined) return this.#stopped;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `the store stopped, because what reached the disk is unknown (${why}); check the disk and open it again`;
    this.#stopped = new VecstoreError("STORE_STOPPED", message, {}, { cause });
    clearTimeout(this.#timer);
    for (const group of this.#queue.splice(0)) group.refuse(this.#stopped);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#stopped);
    return this.#stopped;
  }
}

/** A write that failed and was cut back: the log goes on without it. */
class WriteRefused extends Error {
  constructor(cause: unknown) {
    super("a write was refused", { cause });
  }
}
