import { assert } from "../errors.js";
import { BLOCK_LAYOUT, type BlockFileKind, encodeBlockHeader, encodeFileHeader, paddingAfter } from "./block-layout.js";
import type { Env, EnvFile } from "./env.js";

/** One block to write; `type` as in docs/format.md. */
export interface BlockInput {
  readonly type: number;
  /** Read before the next block is asked for; the owner may use the buffer again from then on. */
  readonly bytes: Uint8Array;
}

/** Writes are gathered up to this size: a call costs as much as copying 300 KiB. */
const STAGE_BYTES_MAX = 1024 * 1024;
const STAGE_BYTES_FIRST = 16 * 1024;
/** Larger payloads are written from where they lie, for example from shared memory. */
const COPY_BYTES_MAX = 256 * 1024;

/**
 * Writes a whole file of blocks and syncs it. The directory is left to the caller, who syncs it once for many files.
 *
 * @param blocks  pulled one by one, so that a generator may produce large files without holding them
 * @returns       the bytes of the file
 * @throws        what the disk or `blocks` threw; the half file is removed first
 */
export async function writeBlockFile(
  env: Env,
  path: string,
  kind: BlockFileKind,
  blocks: Iterable<BlockInput>,
): Promise<{ bytes: number }> {
  const file = await env.createFile(path);
  try {
    const writer = new BlockWriter(env, file);
    await writer.append(encodeFileHeader(kind));
    for (const block of blocks) {
      assert(block.type > 0 && block.type < BLOCK_LAYOUT.endType, `block type ${block.type} is 1..65534`);
      await writer.block(block.type, block.bytes);
    }
    await writer.block(BLOCK_LAYOUT.endType, EMPTY);
    await writer.flush();
    await file.sync();
    await file.close();
    return { bytes: writer.bytes };
  } catch (error) {
    // The first error is the one to report; what cannot be removed is an orphan that the next open removes.
    await file.close().catch(ignore);
    await env.remove(path).catch(ignore);
    throw error;
  }
}

const EMPTY = new Uint8Array(0);
const PADDING = new Uint8Array(BLOCK_LAYOUT.alignBytes);

function ignore(): void {}

/** Gathers small blocks in one buffer and passes large ones through. */
class BlockWriter {
  readonly #env: Env;
  readonly #file: EnvFile;
  #stage = new Uint8Array(STAGE_BYTES_FIRST);
  #staged = 0;
  #written = 0;

  constructor(env: Env, file: EnvFile) {
    this.#env = env;
    this.#file = file;
  }

  get bytes(): number {
    return this.#written + this.#staged;
  }

  async block(type: number, payload: Uint8Array): Promise<void> {
    const header = new Uint8Array(BLOCK_LAYOUT.blockHeaderBytes);
    encodeBlockHeader(this.#env, header, type, payload);
    const padding = PADDING.subarray(0, paddingAfter(payload.length));
    await this.append(header);
    if (payload.length <= COPY_BYTES_MAX) {
      await this.append(payload);
      await this.append(padding);
      return;
    }
    await this.#write([this.#stage.subarray(0, this.#staged), payload, padding]);
    this.#staged = 0;
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.#staged + bytes.length > STAGE_BYTES_MAX) await this.flush();
    this.#reserve(this.#staged + bytes.length);
    this.#stage.set(bytes, this.#staged);
    this.#staged += bytes.length;
  }

  async flush(): Promise<void> {
    if (this.#staged === 0) return;
    await this.#write([this.#stage.subarray(0, this.#staged)]);
    this.#staged = 0;
  }

  async #write(buffers: readonly Uint8Array[]): Promise<void> {
    await this.#file.writev(buffers, this.#written);
    for (const buffer of buffers) this.#written += buffer.length;
  }

  /** A manifest of a small namespace must not cost a mebibyte. */
  #reserve(bytes: number): void {
    if (bytes <= this.#stage.length) return;
    const grown = new Uint8Array(Math.min(STAGE_BYTES_MAX, Math.max(bytes, this.#stage.length * 2)));
    grown.set(this.#stage.subarray(0, this.#staged));
    this.#stage = grown;
  }
}
