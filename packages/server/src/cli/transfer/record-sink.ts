import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { StoredRecord } from "@vecstore/client";

/** Makes the bytes of an export out of its records. */
export interface RecordFormat {
  /** Comes before the first record. */
  begin(): Uint8Array | string;
  /** The bytes that come next; empty while a format waits for more. */
  add(record: StoredRecord): Uint8Array | string;
  /** Comes behind the last record. */
  end(): Uint8Array | string;
}

/** Where bytes go. */
export interface ByteSink {
  /** Takes bytes; the promise is the back-pressure. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Bytes that were taken. */
  readonly bytes: number;
  /** All of it is there. */
  finish(): Promise<void>;
  /** It breaks off: nothing is left behind. */
  abandon(): Promise<void>;
}

/** Bytes that are collected before they are written. */
const CHUNK_BYTES = 256 * 1024;

/**
 * A file that appears under its name once it is whole and on the disk; until then it is `path`.part.
 *
 * @param seal  may change what was written, at the very end
 */
export async function fileSink(path: string, seal?: (file: FileHandle) => Promise<void>): Promise<ByteSink> {
  const part = `${path}.part`;
  const file = await open(part, "w");
  const buffered = new Buffered((bytes) => writeAll(file, bytes));
  return {
    write: (bytes) => buffered.write(bytes),
    get bytes() {
      return buffered.bytes;
    },
    async finish() {
      await buffered.flush();
      await seal?.(file);
      await file.sync();
      await file.close();
      await rename(part, path);
    },
    async abandon() {
      await file.close();
      await rm(part, { force: true });
    },
  };
}

/** Standard output. A reader that goes away ends it with EPIPE. */
export function stdoutSink(): ByteSink {
  // The callback of the write has it; without a listener it would end the process.
  process.stdout.on("error", () => {});
  const buffered = new Buffered(
    (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
  );
  return {
    write: (bytes) => buffered.write(bytes),
    get bytes() {
      return buffered.bytes;
    },
    finish: () => buffered.flush(),
    abandon: async () => {},
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}

class Buffered {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  #parts: Uint8Array[] = [];
  #waiting = 0;
  /** Bytes that were taken. */
  bytes = 0;

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    const part = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.#parts.push(part);
    this.#waiting += part.length;
    this.bytes += part.length;
    if (this.#waiting >= CHUNK_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const parts = this.#parts;
    this.#parts = [];
    this.#waiting = 0;
    if (parts.length > 0) await this.#write(Buffer.concat(parts));
  }
}
