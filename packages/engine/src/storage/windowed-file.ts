import type { EnvFile } from "./env.js";
import { corrupted } from "./errors.js";

/** A small file is one read, and headers between large payloads cost none of their own. */
const WINDOW_BYTES_MAX = 64 * 1024;

/** Sequential reads of a file through one window; large reads go straight into their target. */
export class WindowedFile {
  readonly path: string;
  readonly size: number;
  readonly #file: EnvFile;
  readonly #window: Uint8Array;
  #from = 0;
  #to = 0;

  /** @param size  of the file, which must not change */
  constructor(file: EnvFile, size: number) {
    this.path = file.path;
    this.size = size;
    this.#file = file;
    this.#window = new Uint8Array(Math.min(WINDOW_BYTES_MAX, size));
  }

  /**
   * Fills all of `target` from `position` on.
   *
   * @throws VecstoreError DATA_CORRUPTED when the file ends before
   */
  async read(target: Uint8Array, position: number): Promise<void> {
    let done = this.#copy(target, position);
    while (done < target.length) {
      const rest = target.length - done;
      if (rest >= this.#window.length) {
        await this.#fill(target.subarray(done), position + done);
        return;
      }
      await this.#refill(position + done);
      done += this.#copy(target.subarray(done), position + done);
    }
  }

  /** Copies what the window has of `target`; returns the bytes. */
  #copy(target: Uint8Array, position: number): number {
    if (position < this.#from || position >= this.#to) return 0;
    const at = position - this.#from;
    const bytes = Math.min(target.length, this.#to - position);
    target.set(this.#window.subarray(at, at + bytes));
    return bytes;
  }

  async #refill(position: number): Promise<void> {
    const bytes = Math.min(this.#window.length, this.size - position);
    if (bytes <= 0) throw corrupted(this.path, position, "it is shorter than it was");
    await this.#fill(this.#window.subarray(0, bytes), position);
    this.#from = position;
    this.#to = position + bytes;
  }

  async #fill(target: Uint8Array, position: number): Promise<void> {
    const got = await this.#file.read(target, position);
    if (got < target.length) throw corrupted(this.path, position + got, "it is shorter than it was");
  }
}
