import { assert } from "../errors.js";
import type { Env } from "../storage/env.js";
import { entryBytes, layEntry, sealEntry } from "./frame.js";
import type { AppendedEntry, LogEntryHeader } from "./log.js";

/** How the caller of an append is answered. */
export interface Answer {
  resolve(entry: AppendedEntry): void;
  reject(error: unknown): void;
}

interface WaitingEntry extends LogEntryHeader {
  /** Its frames. */
  readonly frames: Uint8Array;
  readonly answer: Answer;
}

const CHUNK_BYTES_FIRST = 4 * 1024;
const CHUNK_BYTES_MAX = 256 * 1024;
/** Entries from here on have a buffer of their own. */
const SHARED_BYTES_MAX = 32 * 1024;

/** Entries that are written and synced together. Their payloads are copied once, into the buffers that are written. */
export class Group {
  /** In the order of the queue, from 1. */
  readonly number: number;
  readonly #entries: WaitingEntry[] = [];
  readonly #buffers: Uint8Array[] = [];
  #chunk = new Uint8Array(0);
  /** Bytes of the chunk before those of the newest buffer. */
  #chunkFrom = 0;
  #chunkUsed = 0;
  #bytes = 0;

  constructor(number: number) {
    this.number = number;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(header: LogEntryHeader, payload: Uint8Array, answer: Answer): void {
    const { namespace, sequence } = header;
    const bytes = entryBytes(payload.length);
    const frames = bytes < SHARED_BYTES_MAX ? this.#share(bytes) : this.#own(bytes);
    layEntry(frames, namespace, sequence, payload);
    this.#entries.push({ namespace, sequence, frames, answer });
    this.#bytes += bytes;
  }

  /** The bytes to write, complete for a file with this salt. */
  seal(env: Env, saltCrc: number, durableUpTo: number): readonly Uint8Array[] {
    this.#closeShared();
    for (const { frames } of this.#entries) sealEntry(env, frames, saltCrc, durableUpTo);
    return this.#buffers;
  }

  /** Tells `onDurable` of every entry, then answers them, both in log order. */
  accept(position: number, onDurable: (entry: AppendedEntry) => void): void {
    let at = position;
    const appended = this.#entries.map(({ namespace, sequence, frames }): AppendedEntry => {
      const entry = { namespace, sequence, position: at, end: at + frames.length };
      at = entry.end;
      return entry;
    });
    for (const entry of appended) onDurable(entry);
    appended.forEach((entry, i) => {
      this.#entries[i]!.answer.resolve(entry);
    });
  }

  refuse(error: unknown): void {
    for (const { answer } of this.#entries) answer.reject(error);
  }

  #share(bytes: number): Uint8Array {
    if (this.#chunkUsed + bytes > this.#chunk.length) {
      this.#closeShared();
      const size = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_FIRST, bytes, this.#chunk.length * 2));
      this.#chunk = new Uint8Array(size);
      this.#chunkFrom = 0;
      this.#chunkUsed = 0;
    }
    const frames = this.#chunk.subarray(this.#chunkUsed, this.#chunkUsed + bytes);
    this.#chunkUsed += bytes;
    return frames;
  }

  #own(bytes: number): Uint8Array {
    this.#closeShared();
    const frames = new Uint8Array(bytes);
    this.#buffers.push(frames);
    return frames;
  }

  /** Ends the newest buffer in the shared chunk, so that the next one follows it. */
  #closeShared(): void {
    if (this.#chunkUsed > this.#chunkFrom) this.#buffers.push(this.#chunk.subarray(this.#chunkFrom, this.#chunkUsed));
    this.#chunkFrom = this.#chunkUsed;
  }
}

/** @throws VecstoreError INTERNAL: namespaces and sequences are ours, not the caller's */
export function assertHeader({ namespace, sequence }: LogEntryHeader): void {
  assert(Number.isInteger(namespace) && namespace >= 0 && namespace < 2 ** 32, `namespace ${namespace} is a u32`);
  assert(Number.isSafeInteger(sequence) && sequence > 0, `sequence ${sequence} is a positive integer`);
}
