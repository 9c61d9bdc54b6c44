import { runSlotsOf, type StoredBlock, StoredVectors } from "../core/stored-vectors.js";
import type { Vectors } from "../core/vectors.js";
import type { Metric } from "../model/namespace.js";
import type { Block, BlockInput } from "../storage/block-file.js";
import type { Env, EnvFile } from "../storage/env.js";
import { type BlockCursor, rawBytes } from "./block-cursor.js";
import { BLOCK_TYPES } from "./block-types.js";
import { vectorPieces } from "./pieces.js";

/** A part file that is kept open, so that its vectors can be read; the file stays until `close`. */
export interface OpenedPart {
  readonly file: EnvFile;
  /** Once `idle` is settled. */
  close(idle: Promise<unknown>): Promise<void>;
}

/** Where the vectors of a part are in its file, and how they are checked. */
export interface VectorTable {
  readonly blocks: readonly StoredBlock[];
  readonly checksums: Uint32Array;
}

/** The blocks of the vectors of slots [from, to), and one with a checksum for each run of them. */
export function* vectorBlocks(env: Env, vectors: Vectors, from: number, to: number): Generator<BlockInput> {
  if (vectors.dimension === 0) return;
  const runBytes = runSlotsOf(vectors.dimension) * 4 * vectors.dimension;
  const checksums: Uint32Array[] = [];
  for (const bytes of vectorPieces(vectors, from, to)) {
    checksums.push(checksumsOf(env, bytes, runBytes));
    yield { type: BLOCK_TYPES.vectors, bytes };
  }
  yield { type: BLOCK_TYPES.vectorChecksums, bytes: rawBytes(joined(checksums)) };
}

function checksumsOf(env: Env, bytes: Uint8Array, runBytes: number): Uint32Array {
  const checksums = new Uint32Array(Math.ceil(bytes.length / runBytes));
  for (let i = 0; i < checksums.length; i++) checksums[i] = env.crc32(bytes.subarray(i * runBytes, (i + 1) * runBytes));
  return checksums;
}

function joined(arrays: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Reads all vectors of a part, which are then known to be whole, and appends them. */
export async function readVectors(cursor: BlockCursor, vectors: Vectors, count: number): Promise<void> {
  const { dimension } = vectors;
  if (dimension === 0) return;
  let buffer = new ArrayBuffer(0);
  const runs = await walkVectors(cursor, dimension, count, async (block, slots) => {
    if (buffer.byteLength < block.length) buffer = new ArrayBuffer(block.length);
    await block.readInto(new Uint8Array(buffer, 0, block.length));
    vectors.append(new Float32Array(buffer, 0, slots * dimension));
  });
  await cursor.takeUint32(BLOCK_TYPES.vectorChecksums, runs);
}

/** Whether vectors that stay in their file are all read once, to be checked, or passed over. */
export type VectorCheck = "whole" | "later";

/** Notes where the vectors of a part of `count` slots are. */
export async function readVectorTable(
  cursor: BlockCursor,
  dimension: number,
  from: number,
  count: number,
  check: VectorCheck,
): Promise<VectorTable> {
  const blocks: StoredBlock[] = [];
  let firstSlot = from;
  const runs = await walkVectors(cursor, dimension, count, async (block, slots) => {
    blocks.push({ firstSlot, slots, position: block.position });
    firstSlot += slots;
    // What is not skipped is checked when the next block is asked for.
    if (check === "later") block.skip();
  });
  return { blocks, checksums: await cursor.takeUint32(BLOCK_TYPES.vectorChecksums, runs) };
}

/** Calls `visit` for each block of vectors of a part; returns the runs that have a checksum. */
async function walkVectors(
  cursor: BlockCursor,
  dimension: number,
  count: number,
  visit: (block: Block, slots: number) => Promise<void>,
): Promise<number> {
  const runSlots = runSlotsOf(dimension);
  let runs = 0;
  for (let rest = count; rest > 0; ) {
    const block = await cursor.take(BLOCK_TYPES.vectors);
    const slots = block.length / (4 * dimension);
    if (!Number.isInteger(slots) || slots < 1 || slots > rest) {
      throw cursor.corrupted(`${block.length} bytes of vectors for ${rest} records`);
    }
    await visit(block, slots);
    runs += Math.ceil(slots / runSlots);
    rest -= slots;
  }
  return runs;
}

/** The vectors of an opened part, to be read where they are. */
export function storedVectors(
  env: Env,
  { file, close }: OpenedPart,
  vectors: { readonly dimension: number; readonly metric: Metric },
  { blocks, checksums }: VectorTable,
): StoredVectors {
  const { dimension, metric } = vectors;
  return new StoredVectors({ file, close, crc32: (bytes) => env.crc32(bytes), dimension, metric, blocks, checksums });
}
