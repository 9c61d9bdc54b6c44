import { LIMITS } from "../limits.js";
import type { Env, EnvFile } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";
import { LOG_HEADER_BYTES } from "./file-header.js";
import { FRAME_ALIGN_BYTES, FRAME_HEADER_BYTES, type Frame, frameBytes, peekFrame, readFrame } from "./frame.js";

/** At least the largest frame; read in one call. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Which file is read, and from where. */
export interface FrameReaderOptions {
  readonly env: Env;
  readonly file: EnvFile;
  /** Bytes of the file; it does not change while it is read. */
  readonly size: number;
  readonly base: number;
  readonly saltCrc: number;
}

/** Reads the frames of one file of the log through a window that is never written again, so payloads may be kept. */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  #window = new Uint8Array(0);
  /** Offset of the window in the file. */
  #from = 0;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  /** The position after the last byte of the file. */
  get end(): number {
    return this.#options.base + this.#options.size - LOG_HEADER_BYTES;
  }

  /** The frame at a position; undefined when there is none or it is bad. */
  async frameAt(position: number): Promise<Frame | undefined> {
    const { env, saltCrc } = this.#options;
    if (!(await this.#load(position, FRAME_HEADER_BYTES))) return undefined;
    const header = peekFrame(this.#window, this.#indexOf(position));
    if (header === undefined || !(await this.#load(position, header.bytes))) return undefined;
    return readFrame(env, this.#window, this.#indexOf(position), saltCrc);
  }

  /**
   * Looks behind a bad frame for one that says the log was synced beyond it.
   *
   * Only a header with `bad < durableUpTo <= its own position` is worth a crc, so that no payload can make this slow.
   */
  async findSyncedBeyond(bad: number): Promise<boolean> {
    for (let at = bad + FRAME_ALIGN_BYTES; at + FRAME_HEADER_BYTES <= this.end; at += FRAME_ALIGN_BYTES) {
      if (!this.#holds(at, FRAME_HEADER_BYTES)) await this.#load(at, FRAME_HEADER_BYTES);
      const header = peekFrame(this.#window, this.#indexOf(at));
      if (header === undefined || header.durableUpTo <= bad || header.durableUpTo > at) continue;
      if ((await this.frameAt(at)) !== undefined) return true;
    }
    return false;
  }

  #indexOf(position: number): number {
    return LOG_HEADER_BYTES + position - this.#options.base - this.#from;
  }

  #holds(position: number, bytes: number): boolean {
    const index = this.#indexOf(position);
    return index >= 0 && index + bytes <= this.#window.length;
  }

  /** Makes the window hold these bytes; false when the file ends before. */
  async #load(position: number, bytes: number): Promise<boolean> {
    if (position + bytes > this.end) return false;
    if (this.#holds(position, bytes)) return true;
    const { file, size, base } = this.#options;
    const from = LOG_HEADER_BYTES + position - base;
    const window = new Uint8Array(Math.min(WINDOW_BYTES, size - from));
    const got = await file.read(window, from);
    if (got < window.length) throw corrupted(file.path, from + got, "it is shorter than it was");
    this.#window = window;
    this.#from = from;
    return true;
  }
}

/** The window must take any frame whole. */
if (frameBytes(LIMITS.logFragmentBytesMax) > WINDOW_BYTES) throw new Error("the window is smaller than a frame");
