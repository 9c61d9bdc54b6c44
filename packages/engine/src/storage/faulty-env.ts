import type { DirectoryLock, Env, EnvFile } from "./env.js";
import { StorageError } from "./errors.js";
import { FaultyFile, powerOffError } from "./faulty-file.js";
import { MemoryEnv, normalize } from "./memory-env.js";
import { createRandom } from "./random.js";
import { SimulatedDisk } from "./simulated-disk.js";
import { SimulatedFile } from "./simulated-file.js";

/** The operations of an `Env` and its files that can fail. */
export type OperationKind =
  | "create"
  | "open"
  | "size"
  | "exists"
  | "read"
  | "readSync"
  | "write"
  | "sync"
  | "truncate"
  | "close"
  | "makeDirectory"
  | "list"
  | "remove"
  | "removeDirectory"
  | "rename"
  | "link"
  | "syncDirectory"
  | "lock";

/** Which operation fails, and how. */
export interface Fault {
  /** The first operation to fail, counted from now: 1 is the next one. */
  readonly at: number;
  /** Which operations count; all when absent. */
  readonly kind?: OperationKind;
  /** How many fail from there on; 1 when absent. */
  readonly times?: number;
  /** `io` when absent; `power` stops the machine: this operation and all later ones fail. */
  readonly error?: "io" | "no_space" | "power";
}

/**
 * Another Env with faults, for tests. A failing write leaves the first half of its bytes in the file; a failing sync
 * saves nothing and never will. What a power cut would leave is in `crash`.
 */
export class FaultyEnv implements Env {
  readonly name: string;
  readonly #inner: Env;
  readonly #disk = new SimulatedDisk();
  readonly #counts = new Map<OperationKind, number>();
  readonly #held = new Map<OperationKind, Promise<void>>();
  #faults: { fault: Fault; seen: number }[] = [];
  #spaceLeft = Number.POSITIVE_INFINITY;
  #powerOff = false;

  /** @param inner  a MemoryEnv's files count as synced; of another Env the files that are opened here do */
  constructor(inner: Env) {
    this.#inner = inner;
    this.name = `faulty(${inner.name})`;
    if (!(inner instanceof MemoryEnv)) return;
    for (const path of inner.paths()) this.#disk.adopt(path, SimulatedFile.of(inner.readFile(path)));
  }

  /** Operations begun so far, of one kind or of all. */
  count(kind?: OperationKind): number {
    if (kind !== undefined) return this.#counts.get(kind) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  fail(fault: Fault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  /** No fault from now on, and space without end; a power cut stays. */
  heal(): void {
    this.#faults = [];
    this.#spaceLeft = Number.POSITIVE_INFINITY;
  }

  /** Files may grow by so many bytes from now on; a write that does not fit is cut short. */
  limitSpace(bytes: number): void {
    this.#spaceLeft = bytes;
  }

  /** Makes operations of a kind wait until the returned function is called. */
  hold(kind: OperationKind): () => void {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held.set(kind, held);
    return () => {
      if (this.#held.get(kind) === held) this.#held.delete(kind);
      release();
    };
  }

  /** Cuts the power: everything fails from now on. Returns the disk as the next start finds it, as `image` does. */
  crash(seed: number): MemoryEnv {
    this.#powerOff = true;
    return this.image(seed);
  }

  /**
   * The disk as a power cut at this moment would leave it.
   *
   * @param seed  chooses which unsynced pages and names survive; the same seed gives the same image
   */
  image(seed: number): MemoryEnv {
    const image = new MemoryEnv({
      now: () => this.#inner.now(),
      startTimer: (delayMs, run) => this.#inner.startTimer(delayMs, run),
      randomBytes: (count) => this.#inner.randomBytes(count),
    });
    for (const [path, bytes] of this.#disk.afterPowerCut(createRandom(seed))) image.writeFile(path, bytes);
    if (this.#inner instanceof MemoryEnv) for (const path of this.#inner.directories()) void image.makeDirectory(path);
    return image;
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

  async createFile(path: string): Promise<EnvFile> {
    await this.#begin("create", path);
    const file = await this.#inner.createFile(path);
    const simulated = new SimulatedFile();
    this.#disk.make(normalize(path), simulated);
    return this.#wrap(file, simulated);
  }

  async openFile(path: string): Promise<EnvFile> {
    await this.#begin("open", path);
    return this.#wrap(await this.#inner.openFile(path), await this.#simulated(path));
  }

  async exists(path: string): Promise<boolean> {
    await this.#begin("exists", path);
    return this.#inner.exists(path);
  }

  async fileSize(path: string): Promise<number> {
    await this.#begin("size", path);
    return this.#inner.fileSize(path);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#begin("makeDirectory", path);
    await this.#inner.makeDirectory(path);
  }

  async listDirectory(path: string): Promise<readonly string[]> {
    await this.#begin("list", path);
    return this.#inner.listDirectory(path);
  }

  async remove(path: string): Promise<void> {
    await this.#begin("remove", path);
    await this.#inner.remove(path);
    this.#spaceLeft += this.#disk.remove(normalize(path))?.size ?? 0;
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#begin("removeDirectory", path);
    await this.#inner.removeDirectory(path);
    this.#disk.removeDirectory(normalize(path));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#begin("rename", from);
    await this.#simulated(from);
    await this.#inner.rename(from, to);
    this.#disk.rename(normalize(from), normalize(to));
  }

  async linkOrCopy(from: string, to: string): Promise<void> {
    await this.#begin("link", from);
    const simulated = await this.#simulated(from);
    await this.#inner.linkOrCopy(from, to);
    this.#disk.make(normalize(to), simulated);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#begin("syncDirectory", path);
    await this.#inner.syncDirectory(path);
    this.#disk.syncDirectory(normalize(path));
  }

  async freeBytes(path: string): Promise<number | undefined> {
    return Number.isFinite(this.#spaceLeft) ? this.#spaceLeft : this.#inner.freeBytes(path);
  }

  memoryBytes(): number | undefined {
    return this.#inner.memoryBytes();
  }

  async lockDirectory(path: string): Promise<DirectoryLock> {
    await this.#begin("lock", path);
    return this.#inner.lockDirectory(path);
  }

  /** Counts an operation and throws when it is to fail. */
  async #begin(kind: OperationKind, path: string): Promise<void> {
    const held = this.#held.get(kind);
    if (held !== undefined) await held;
    this.#beginSync(kind, path);
  }

  #beginSync(kind: OperationKind, path: string): void {
    if (this.#powerOff) throw powerOffError(kind, path);
    this.#counts.set(kind, this.count(kind) + 1);
    for (const entry of this.#faults) {
      const { at, times = 1, error = "io", kind: only } = entry.fault;
      if (only !== undefined && only !== kind) continue;
      entry.seen++;
      if (entry.seen < at || entry.seen >= at + times) continue;
      if (error === "power") this.#powerOff = true;
      throw new StorageError(error === "no_space" ? "no_space" : "io", kind, path, new Error("a fault of this test"));
    }
  }

  /** The simulated file of this name; one that was never seen here is taken as synced. */
  async #simulated(path: string): Promise<SimulatedFile> {
    const known = this.#disk.file(normalize(path));
    if (known !== undefined) return known;
    const file = await this.#inner.openFile(path);
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    await file.close();
    const simulated = SimulatedFile.of(bytes);
    this.#disk.adopt(normalize(path), simulated);
    return simulated;
  }

  #wrap(file: EnvFile, simulated: SimulatedFile): EnvFile {
    return new FaultyFile(file, simulated, {
      begin: (kind) => this.#begin(kind, file.path),
      beginSync: (kind) => this.#beginSync(kind, file.path),
      takeSpace: (bytes) => {
        const taken = Math.min(bytes, this.#spaceLeft);
        this.#spaceLeft -= taken;
        return taken;
      },
    });
  }
}
