import { type Env, type EnvFile, joinPath } from "../storage/env.js";
import { encodeLogHeader, LOG_HEADER_BYTES, logFileName } from "./file-header.js";

/** A new file begins when one passes this, between entries. */
export const LOG_FILE_BYTES_MAX = 32 * 1024 * 1024;

/** One file of the log, by name. */
export interface LogFileName {
  readonly path: string;
  /** Position of its first frame. */
  readonly base: number;
}

/** The newest file of the log, open for writing. */
export interface TailFile extends LogFileName {
  readonly file: EnvFile;
  /** The crc over the file's salt, which that of each frame continues. */
  readonly saltCrc: number;
}

/** A sync that failed. What is on the disk is unknown, so the log stops; nothing is tried again. */
export class SyncFailure extends Error {
  constructor(cause: unknown) {
    super("a sync failed", { cause });
  }
}

/** Runs a sync and marks its failure as one that stops the log. */
export async function syncOrFail(sync: Promise<void>): Promise<void> {
  try {
    await sync;
  } catch (error) {
    throw new SyncFailure(error);
  }
}

/**
 * Creates the next file. When it returns, name and header are on the disk; before, no frame may be written.
 *
 * Since the file before was synced to its end, a header with base B says that the log was synced up to B.
 *
 * @throws SyncFailure; any other error leaves no file, or one without frames that the next try replaces
 */
export async function createTail(env: Env, directory: string, logId: Uint8Array, base: number): Promise<TailFile> {
  const path = joinPath(directory, logFileName(base));
  const salt = env.randomBytes(4);
  await env.remove(path);
  const file = await env.createFile(path);
  try {
    await file.write(encodeLogHeader(env, { logId, base, salt }), 0);
    await syncOrFail(file.sync());
    await syncOrFail(env.syncDirectory(directory));
  } catch (error) {
    await file.close().catch(() => {});
    if (!(error instanceof SyncFailure)) await env.remove(path).catch(() => {});
    throw error;
  }
  return { path, base, file, saltCrc: env.crc32(salt) };
}

/** Which log the files belong to, and when a new file begins. */
export interface LogFilesOptions {
  readonly env: Env;
  readonly directory: string;
  /** u8[16] */
  readonly id: Uint8Array;
  /** Without gaps, up to `tail`. */
  readonly older: readonly LogFileName[];
  readonly tail: TailFile;
  readonly fileBytesMax?: number;
}

/** The files of a log from the oldest kept to the one being written. */
export class LogFiles {
  readonly id: Uint8Array;
  readonly #env: Env;
  readonly #directory: string;
  readonly #fileBytesMax: number;
  /** Files that are only read. */
  readonly #older: LogFileName[];
  #tail: TailFile;

  constructor(options: LogFilesOptions) {
    this.#env = options.env;
    this.#directory = options.directory;
    this.#fileBytesMax = options.fileBytesMax ?? LOG_FILE_BYTES_MAX;
    this.id = options.id;
    this.#older = [...options.older];
    this.#tail = options.tail;
  }

  get start(): number {
    return (this.#older[0] ?? this.#tail).base;
  }

  get count(): number {
    return this.#older.length + 1;
  }

  get tail(): TailFile {
    return this.#tail;
  }

  /** Where in the newest file a position lies. */
  offsetOf(position: number): number {
    return LOG_HEADER_BYTES + position - this.#tail.base;
  }

  /** True when the newest file holds no frame. */
  isEmpty(end: number): boolean {
    return end === this.#tail.base;
  }

  isFull(end: number): boolean {
    return end - this.#tail.base >= this.#fileBytesMax;
  }

  /** Goes on in a new file. The newest must be synced up to `end`, its end. */
  async rotate(end: number): Promise<void> {
    const next = await createTail(this.#env, this.#directory, this.id, end);
    const { path, base, file } = this.#tail;
    this.#older.push({ path, base });
    this.#tail = next;
    // It is synced; a descriptor that does not close is no reason to refuse a write.
    await file.close().catch(() => {});
  }

  /**
   * Deletes the files wholly below `position`, oldest first.
   *
   * @throws SyncFailure, or what the removal threw
   */
  async trim(position: number): Promise<void> {
    let removed = false;
    while (this.#older.length > 0 && (this.#older[1] ?? this.#tail).base <= position) {
      await this.#env.remove(this.#older[0]!.path);
      this.#older.shift();
      removed = true;
    }
    if (removed) await syncOrFail(this.#env.syncDirectory(this.#directory));
  }

  async close(): Promise<void> {
    await this.#tail.file.close();
  }
}
