import type { EnvFile } from "./env.js";
import { StorageError, toStorageError } from "./errors.js";
import type { SyncHandle } from "./opfs-platform.js";
import type { Turns } from "./opfs-turns.js";

/**
 * The one handle that a worker can have on a file, shared by all who opened it.
 *
 * A file that is removed while it is open keeps its bytes until the last of them closes it, as on POSIX; only its name goes.
 */
export class SharedHandle {
  readonly handle: SyncHandle;
  users = 0;
  isRemoved = false;

  constructor(handle: SyncHandle) {
    this.handle = handle;
  }
}

/** What an open file needs of the `OpfsEnv` it belongs to. */
export interface OpfsFileOwner {
  readonly turns: Turns;
  /** Called once, by `close`. */
  letGo(): Promise<void>;
}

/** An open file. */
export class OpfsFile implements EnvFile {
  readonly path: string;
  readonly #shared: SharedHandle;
  readonly #owner: OpfsFileOwner;
  #closed = false;

  constructor(path: string, shared: SharedHandle, owner: OpfsFileOwner) {
    this.path = path;
    this.#shared = shared;
    this.#owner = owner;
  }

  async size(): Promise<number> {
    return this.#call("measure", (handle) => handle.getSize());
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.#call("read", (handle) => readAll(handle, into, position));
  }

  readSync(into: Uint8Array, position: number): number {
    return this.#run("read", (handle) => readAll(handle, into, position));
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.writev([bytes], position);
  }

  async writev(buffers: readonly Uint8Array[], position: number): Promise<void> {
    await this.#call("write", (handle) => {
      let at = position;
      for (const buffer of buffers) {
        writeAll(handle, buffer, at);
        at += buffer.length;
      }
    });
  }

  async sync(): Promise<void> {
    await this.#call("sync", (handle) => handle.flush());
  }

  async truncate(length: number): Promise<void> {
    await this.#call("truncate", (handle) => handle.truncate(length));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#owner.letGo();
  }

  async #call<T>(operation: string, run: (handle: SyncHandle) => T): Promise<T> {
    try {
      return this.#run(operation, run);
    } finally {
      await this.#owner.turns.give();
    }
  }

  #run<T>(operation: string, run: (handle: SyncHandle) => T): T {
    if (this.#closed) throw new StorageError("io", "use", this.path, new Error("the file is closed"));
    try {
      return run(this.#shared.handle);
    } catch (error) {
      throw toStorageError(error, operation, this.path);
    }
  }
}

function readAll(handle: SyncHandle, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const bytes = handle.read(into.subarray(done), { at: position + done });
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}

function writeAll(handle: SyncHandle, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    const written = handle.write(bytes.subarray(done), { at: position + done });
    if (written === 0) throw new Error("nothing was written");
    done += written;
  }
}

const COPY_BYTES = 4 * 1024 * 1024;

/** Copies a whole file, and closes the copy. */
export async function copyAndSync(source: EnvFile, copy: EnvFile): Promise<void> {
  try {
    const bytes = await source.size();
    const buffer = new Uint8Array(Math.min(COPY_BYTES, bytes));
    for (let at = 0; at < bytes; at += buffer.length) {
      const read = await source.read(buffer, at);
      await copy.write(buffer.subarray(0, read), at);
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
}
