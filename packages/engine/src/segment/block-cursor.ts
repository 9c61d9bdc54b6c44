import type { Block, BlockFileKind, BlockFileReader } from "../storage/block-file.js";
import { openBlockFile } from "../storage/block-file.js";
import type { Env } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";

/** Walks the blocks of one file in the order that its format fixes; whatever does not fit is DATA_CORRUPTED. */
export class BlockCursor {
  readonly #path: string;
  readonly #reader: BlockFileReader;
  #block: Block | undefined;
  #position = 0;

  constructor(path: string, reader: BlockFileReader) {
    this.#path = path;
    this.#reader = reader;
  }

  /** Whether the next block is of this type; it stays the next one. */
  async isNext(type: number): Promise<boolean> {
    this.#block ??= await this.#reader.next();
    return this.#block?.type === type;
  }

  async take(type: number): Promise<Block> {
    if (!(await this.isNext(type))) throw this.corrupted(`block ${this.#block?.type ?? "end"} where ${type} belongs`);
    const block = this.#block!;
    this.#block = undefined;
    this.#position = block.position;
    return block;
  }

  /** Passes over blocks of other types, which are neither read nor checked, to the next one of this type. */
  async skipTo(type: number): Promise<void> {
    while (!(await this.isNext(type))) {
      if (this.#block === undefined) throw this.corrupted(`no block ${type}`);
      this.#block.skip();
      this.#block = undefined;
    }
  }

  /** The payload of the next block, which has to be `count` u32. */
  async takeUint32(type: number, count: number): Promise<Uint32Array> {
    const block = await this.#takeSized(type, 4 * count);
    const values = new Uint32Array(count);
    await block.readInto(new Uint8Array(values.buffer));
    return values;
  }

  /** The payload of the next block, which has to be `count` f64. */
  async takeFloat64(type: number, count: number): Promise<Float64Array> {
    const block = await this.#takeSized(type, 8 * count);
    const values = new Float64Array(count);
    await block.readInto(new Uint8Array(values.buffer));
    return values;
  }

  /** The payload of the next block, which has to be `count` bytes. */
  async takeBytes(type: number, count: number): Promise<Uint8Array> {
    return (await this.#takeSized(type, count)).readAll();
  }

  /** Gives `bytes` bytes, in the payloads of as many blocks of this type as it takes, to `write`. */
  async takeAll(type: number, bytes: number, write: (piece: Uint8Array) => void): Promise<void> {
    for (let rest = bytes; rest > 0; ) {
      const block = await this.take(type);
      if (block.length > rest) throw this.corrupted(`block ${type} has more bytes than records`);
      write(await block.readAll());
      rest -= block.length;
    }
  }

  /** The file has to end here. Only then is it known to be whole. */
  async end(): Promise<void> {
    this.#block ??= await this.#reader.next();
    if (this.#block !== undefined) throw this.corrupted(`block ${this.#block.type} where the end belongs`);
  }

  /** Damage at the block that was taken last. */
  corrupted(what: string): Error {
    return corrupted(this.#path, this.#block?.position ?? this.#position, what);
  }

  async #takeSized(type: number, bytes: number): Promise<Block> {
    const block = await this.take(type);
    if (block.length !== bytes) throw this.corrupted(`block ${type} has ${block.length} bytes, not ${bytes}`);
    return block;
  }
}

/** Opens a file of blocks, lets `read` walk it to its end, and closes it. */
export async function readBlocks<T>(
  env: Env,
  path: string,
  kind: BlockFileKind,
  read: (cursor: BlockCursor) => Promise<T>,
): Promise<T> {
  const reader = await openBlockFile(env, path, kind);
  try {
    return await read(new BlockCursor(path, reader));
  } finally {
    await reader.close();
  }
}

/** The array's own bytes. Files are little-endian, as is every platform that runs WebAssembly engines of today. */
export function rawBytes(values: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
