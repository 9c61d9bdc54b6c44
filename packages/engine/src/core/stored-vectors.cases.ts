import type { Metric } from "../model/namespace.js";
import type { Env } from "../storage/env.js";
import { runSlotsOf, type StoredBlock, StoredVectors } from "./stored-vectors.js";
import type { Vectors } from "./vectors.js";

/** Bytes before the vectors of each block of a test's file. */
const GAP_BYTES = 24;

/** What of which vectors is written to a file, and how. */
export interface StoredSketch {
  readonly from: number;
  readonly to: number;
  readonly metric: Metric;
  /** Slots of a block. Default 700. */
  readonly blockSlots?: number;
}

/** Writes vectors to a file in blocks with gaps between them, as parts have them, and opens it. */
export async function storeInFile(env: Env, path: string, data: Vectors, sketch: StoredSketch): Promise<StoredVectors> {
  const { from, to, metric, blockSlots = 700 } = sketch;
  const { dimension } = data;
  const runSlots = runSlotsOf(dimension);
  const blocks: StoredBlock[] = [];
  const checksums: number[] = [];
  const file = await env.createFile(path);
  let position = 0;
  for (let firstSlot = from; firstSlot < to; firstSlot += blockSlots) {
    const slots = Math.min(blockSlots, to - firstSlot);
    const bytes = Buffer.concat([...data.ranges(firstSlot, firstSlot + slots)]);
    for (let run = 0; run < slots; run += runSlots) {
      checksums.push(env.crc32(bytes.subarray(run * 4 * dimension, (run + runSlots) * 4 * dimension)));
    }
    position += GAP_BYTES;
    await file.write(bytes, position);
    blocks.push({ firstSlot, slots, position });
    position += bytes.length;
  }
  return new StoredVectors({
    file,
    close: (idle) => idle.then(() => file.close()),
    crc32: (bytes) => env.crc32(bytes),
    dimension,
    metric,
    blocks,
    checksums: Uint32Array.from(checksums),
  });
}
