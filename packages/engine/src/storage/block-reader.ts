import { VecstoreError } from "../errors.js";
import { BLOCK_LAYOUT, type BlockFileKind, blockHeaderCrc, decodeBlockHeader, paddingAfter } from "./block-layout.js";
import type { Env, EnvFile } from "./env.js";
import { corrupted } from "./errors.js";
import { WindowedFile } from "./windowed-file.js";

/** One block of a file, valid until the next is asked for. */
export interface Block {
  readonly type: number;
  /** Bytes of the payload. */
  readonly length: number;
  /** Offset of the payload in the file, for reading parts of it later. */
  readonly position: number;
  /**
   * Reads the payload into the first `length` bytes of `target` and checks the crc over what arrived there.
   *
   * @throws VecstoreError DATA_CORRUPTED; the content of `target` is then undefined
   */
  readInto(target: Uint8Array): Promise<void>;
  readAll(): Promise<Uint8Array>;
  /** Leaves the payload unread and **unchecked**; without it `next` reads and checks a payload nobody asked for. */
  skip(): void;
}

/** Reads the blocks of one file, in order. */
export interface BlockFileReader {
  /** Undefined after the end block: only then is the file known to be whole. */
  next(): Promise<Block | undefined>;
  close(): Promise<void>;
}

/**
 * Opens a file of blocks and checks its header.
 *
 * @throws VecstoreError DATA_CORRUPTED with file and offset; FORMAT_TOO_NEW; a StorageError `not_found` when absent
 */
export async function openBlockFile(env: Env, path: string, kind: BlockFileKind): Promise<BlockFileReader> {
  const file = await env.openFile(path);
  try {
    const reader = new Reader(env, file, await file.size());
    await reader.readFileHeader(kind);
    return reader;
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

class Reader implements BlockFileReader {
  readonly #env: Env;
  readonly #file: EnvFile;
  readonly #window: WindowedFile;
  #position = 0;
  #current: OpenBlock | undefined;
  #ended = false;

  constructor(env: Env, file: EnvFile, size: number) {
    this.#env = env;
    this.#file = file;
    this.#window = new WindowedFile(file, size);
  }

  async readFileHeader(kind: BlockFileKind): Promise<void> {
    const { path } = this.#file;
    const bytes = new Uint8Array(BLOCK_LAYOUT.fileHeaderBytes);
    if (this.#window.size < bytes.length) throw corrupted(path, 0, "the header is cut short");
    await this.#window.read(bytes, 0);
    const view = new DataView(bytes.buffer);
    if (BLOCK_LAYOUT.magic.some((byte, i) => bytes[i] !== byte)) throw corrupted(path, 0, "the magic is wrong");
    const version = view.getUint16(4, true);
    if (version > BLOCK_LAYOUT.version) throw tooNew(path, version);
    if (version !== BLOCK_LAYOUT.version) throw corrupted(path, 4, `version ${version} was never written`);
    const found = view.getUint16(6, true);
    if (found !== kind) throw corrupted(path, 6, `kind ${found} where kind ${kind} belongs`);
    if (view.getBigUint64(8, true) !== 0n) throw corrupted(path, 8, "reserved bytes are not zero");
    this.#position = bytes.length;
  }

  async next(): Promise<Block | undefined> {
    if (this.#ended) return undefined;
    if (this.#current !== undefined) this.#position = await this.#current.finish();
    const { path } = this.#file;
    const at = this.#position;
    const bytes = new Uint8Array(BLOCK_LAYOUT.blockHeaderBytes);
    if (at + bytes.length > this.#window.size) throw corrupted(path, at, "it ends without an end block");
    await this.#window.read(bytes, at);
    const header = decodeBlockHeader(bytes);
    const payloadAt = at + bytes.length;
    if (header.length + paddingAfter(header.length) > this.#window.size - payloadAt) {
      throw corrupted(path, at, `a block of ${header.length} bytes reaches beyond the end of the file`);
    }
    const seed = blockHeaderCrc(this.#env, bytes);
    if (header.flags !== 0) throw corrupted(path, at, `block flags ${header.flags} were never written`);
    if (header.type === BLOCK_LAYOUT.endType) return this.#end(at, header.length === 0 && header.crc === seed);
    const { type, length, crc } = header;
    this.#current = new OpenBlock({
      env: this.#env,
      window: this.#window,
      type,
      length,
      position: payloadAt,
      crc,
      seed,
    });
    return this.#current;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #end(at: number, valid: boolean): undefined {
    if (!valid) throw corrupted(this.#file.path, at, "the end block is wrong");
    const after = at + BLOCK_LAYOUT.blockHeaderBytes;
    if (after !== this.#window.size) throw corrupted(this.#file.path, after, "bytes follow the end block");
    this.#ended = true;
    return undefined;
  }
}

interface OpenBlockParts {
  readonly env: Env;
  readonly window: WindowedFile;
  readonly type: number;
  readonly length: number;
  readonly position: number;
  readonly crc: number;
  /** crc over the header's fields. */
  readonly seed: number;
}

/** Bytes of a payload checked at a time when nobody asked for it. */
const DRAIN_BYTES = 64 * 1024;

class OpenBlock implements Block {
  readonly type: number;
  readonly length: number;
  readonly position: number;
  readonly #parts: OpenBlockParts;
  #done = false;

  constructor(parts: OpenBlockParts) {
    this.type = parts.type;
    this.length = parts.length;
    this.position = parts.position;
    this.#parts = parts;
  }

  async readInto(target: Uint8Array): Promise<void> {
    const { env, window, position, length, seed } = this.#parts;
    const into = target.length === length ? target : target.subarray(0, length);
    if (into.length < length) throw new VecstoreError("INTERNAL", `a block of ${length} bytes needs a larger target`);
    await window.read(into, position);
    await this.#check(env.crc32(into, seed));
  }

  async readAll(): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.length);
    await this.readInto(bytes);
    return bytes;
  }

  skip(): void {
    this.#done = true;
  }

  /** Checks the payload if nobody did; returns where the next block begins. */
  async finish(): Promise<number> {
    if (!this.#done) await this.#drain();
    return this.position + this.length + paddingAfter(this.length);
  }

  async #drain(): Promise<void> {
    const { env, window, position, length } = this.#parts;
    const scratch = new Uint8Array(Math.min(DRAIN_BYTES, length));
    let crc = this.#parts.seed;
    for (let at = 0; at < length; at += scratch.length) {
      const piece = scratch.subarray(0, Math.min(scratch.length, length - at));
      await window.read(piece, position + at);
      crc = env.crc32(piece, crc);
    }
    await this.#check(crc);
  }

  async #check(crc: number): Promise<void> {
    const { window, position, length } = this.#parts;
    if (crc !== this.#parts.crc) throw corrupted(window.path, position, "the crc of a block does not match");
    const padding = new Uint8Array(paddingAfter(length));
    await window.read(padding, position + length);
    if (padding.some((byte) => byte !== 0)) throw corrupted(window.path, position + length, "padding is not zero");
    this.#done = true;
  }
}

function tooNew(path: string, version: number): VecstoreError {
  const known = String(BLOCK_LAYOUT.version);
  const message = `${path} has format version ${version}; this program knows up to ${known}: use a newer one`;
  return new VecstoreError("FORMAT_TOO_NEW", message, { file: path, found: String(version), known });
}
