import type { EnvFile } from "./env.js";
import { StorageError } from "./errors.js";
import type { OperationKind } from "./faulty-env.js";
import type { SimulatedFile } from "./simulated-file.js";

const POWER_OFF = new Error("the power is off");

/** What every operation throws once the power is off; nothing of it is done. */
export function powerOffError(kind: OperationKind, path: string): StorageError {
  return new StorageError("io", kind, path, POWER_OFF);
}

function isPowerOff(error: unknown): boolean {
  return error instanceof StorageError && error.cause === POWER_OFF;
}

/** What the files of a FaultyEnv ask of it. */
export interface Faults {
  begin(kind: OperationKind): Promise<void>;
  /** As `begin`; nothing can hold it up. */
  beginSync(kind: OperationKind): void;
  /** Takes up to `bytes` of what is left, or gives back when negative; returns what was taken. */
  takeSpace(bytes: number): number;
}

/** A file that fails when its FaultyEnv says so. */
export class FaultyFile implements EnvFile {
  readonly path: string;
  readonly #inner: EnvFile;
  readonly #simulated: SimulatedFile;
  readonly #faults: Faults;

  constructor(inner: EnvFile, simulated: SimulatedFile, faults: Faults) {
    this.path = inner.path;
    this.#inner = inner;
    this.#simulated = simulated;
    this.#faults = faults;
  }

  async size(): Promise<number> {
    await this.#faults.begin("size");
    return this.#inner.size();
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    await this.#faults.begin("read");
    return this.#inner.read(into, position);
  }

  readSync(into: Uint8Array, position: number): number {
    this.#faults.beginSync("readSync");
    return this.#inner.readSync(into, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      await this.#faults.begin("write");
    } catch (error) {
      if (!isPowerOff(error)) await this.#put(bytes.subarray(0, bytes.length >> 1), position);
      throw error;
    }
    const growth = Math.max(0, position + bytes.length - this.#simulated.size);
    const missing = growth - this.#faults.takeSpace(growth);
    await this.#put(bytes.subarray(0, bytes.length - missing), position);
    if (missing > 0) throw new StorageError("no_space", "write", this.path);
  }

  async writev(buffers: readonly Uint8Array[], position: number): Promise<void> {
    await this.write(joined(buffers), position);
  }

  async sync(): Promise<void> {
    try {
      await this.#faults.begin("sync");
    } catch (error) {
      this.#simulated.failSync();
      throw error;
    }
    await this.#inner.sync();
    this.#simulated.sync();
  }

  async truncate(length: number): Promise<void> {
    await this.#faults.begin("truncate");
    await this.#inner.truncate(length);
    this.#faults.takeSpace(Math.min(0, length - this.#simulated.size));
    this.#simulated.truncate(length);
  }

  async close(): Promise<void> {
    await this.#faults.begin("close");
    await this.#inner.close();
  }

  async #put(bytes: Uint8Array, position: number): Promise<void> {
    if (bytes.length === 0) return;
    await this.#inner.write(bytes, position);
    this.#simulated.write(bytes, position);
  }
}

function joined(buffers: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(buffers.reduce((sum, buffer) => sum + buffer.length, 0));
  let at = 0;
  for (const buffer of buffers) {
    bytes.set(buffer, at);
    at += buffer.length;
  }
  return bytes;
}
