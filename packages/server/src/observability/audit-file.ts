import {
  chownSync,
  closeSync,
  fdatasync as fdatasyncCallback,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const fdatasync = promisify(fdatasyncCallback);

/** Where lines go, and how much of them is kept. */
export interface AuditFileOptions {
  /** Made when it is missing. */
  readonly directory: string;
  /** Bytes after which the next file begins. */
  readonly fileBytesMax: number;
  /** Files kept, the one that is written too. */
  readonly filesMax: number;
}

/** The folder of the audit log in a data directory. */
export const auditDirectory = (data: string): string => join(data, "audit");

const NAME = /^audit-(\d{10})\.log$/;
const NEWLINE = 0x0a;

/**
 * Lines that are only ever added, in files `audit-0000000001.log` and up; the oldest are removed. Adding is synchronous, so that
 * lines stand in the order of what they tell of, and are there before the answer is; syncs are shared, since many may wait.
 */
export class AuditFile {
  readonly #options: AuditFileOptions;
  #number: number;
  #descriptor: number;
  #bytes: number;
  /** The sync that runs, or ran last; never rejects. */
  #running: Promise<void> = Promise.resolve();
  /** The sync after it, for all that came meanwhile. */
  #waiting: Promise<void> | undefined;

  /** Goes on with the newest file. @throws the system's error */
  constructor(options: AuditFileOptions) {
    this.#options = options;
    const { directory } = options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    giveToOwner(directory, join(directory, ".."));
    this.#number = numbersIn(directory).at(-1) ?? 1;
    this.#descriptor = openForAppending(directory, this.#number);
    this.#bytes = fstatSync(this.#descriptor).size;
    // A crash of the machine may have cut the last line; the next one is not to be glued to it.
    if (this.#bytes > 0 && lastByte(this.#descriptor, this.#bytes) !== NEWLINE) this.append("");
  }

  /** Adds a line, given without its end. A crash of the machine may lose it. @throws the system's error */
  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#options.fileBytesMax) this.#rotate();
    for (let done = 0; done < bytes.length; ) {
      const written = writeSync(this.#descriptor, bytes, done);
      done += written;
      this.#bytes += written;
    }
  }

  /** Resolves when all lines added so far are on the disk. Rejects with the system's error. */
  sync(): Promise<void> {
    this.#waiting ??= this.#running.then(() => {
      this.#waiting = undefined;
      const synced = fdatasync(this.#descriptor);
      this.#running = synced.catch(() => {});
      return synced;
    });
    return this.#waiting;
  }

  /** Syncs, and lets go of the file; nothing may be added afterwards. */
  async close(): Promise<void> {
    await this.sync().catch(() => {});
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    const { directory, filesMax } = this.#options;
    const next = openForAppending(directory, this.#number + 1);
    const full = this.#descriptor;
    fdatasyncSync(full);
    // A sync may hold it, and its number must not become that of another file before.
    void this.#running.then(() => closeSync(full));
    this.#descriptor = next;
    this.#number++;
    this.#bytes = fstatSync(next).size;
    for (const number of numbersIn(directory).slice(0, -filesMax)) rmSync(pathOf(directory, number));
    syncDirectory(directory);
  }
}

function numbersIn(directory: string): readonly number[] {
  return readdirSync(directory)
    .map((name) => Number(NAME.exec(name)?.[1]))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
}

function pathOf(directory: string, number: number): string {
  return join(directory, `audit-${String(number).padStart(10, "0")}.log`);
}

/** For reading too: the last byte is looked at. */
function openForAppending(directory: string, number: number): number {
  const descriptor = openSync(pathOf(directory, number), "a+", 0o600);
  giveToOwner(pathOf(directory, number), directory);
  syncDirectory(directory);
  return descriptor;
}

/** A command that an administrator runs must not leave what the server may not write. */
function giveToOwner(path: string, parent: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(parent);
  chownSync(path, uid, gid);
}

function syncDirectory(directory: string): void {
  // Windows cannot open a directory; its journal orders the names.
  if (process.platform === "win32") return;
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function lastByte(descriptor: number, size: number): number | undefined {
  const byte = new Uint8Array(1);
  readSync(descriptor, byte, 0, 1, size - 1);
  return byte[0];
}
