import { BLOCK_FILE_KINDS, type BlockInput, writeBlockFile } from "../storage/block-file.js";
import type { Env } from "../storage/env.js";
import { rawBytes, readBlocks } from "./block-cursor.js";
import { BLOCK_TYPES } from "./block-types.js";
import type { DeathList } from "./deaths.js";
import type { Segment } from "./segment.js";

/**
 * Writes the deaths of a segment as they are at the moment of the call, and syncs the file. Later kills are not in it.
 *
 * @returns the bytes of the file
 */
export async function writeDeaths(env: Env, path: string, segment: Segment): Promise<{ bytes: number }> {
  // Nothing may be awaited before this line.
  const deaths = segment.deaths.list();
  return await writeBlockFile(env, path, BLOCK_FILE_KINDS.deaths, deathBlocks(deaths));
}

/**
 * Kills the slots that a deaths file names.
 *
 * @throws VecstoreError DATA_CORRUPTED when the file is damaged or names slots that the segment does not have
 */
export async function readDeaths(env: Env, path: string, segment: Segment): Promise<void> {
  await readBlocks(env, path, BLOCK_FILE_KINDS.deaths, async (cursor) => {
    const bytes = await (await cursor.take(BLOCK_TYPES.deathSlots)).readAll();
    if (bytes.length % 4 !== 0) throw cursor.corrupted(`${bytes.length} bytes of slots`);
    const slots = new Uint32Array(bytes.slice().buffer);
    slots.forEach((slot, i) => {
      if (slot >= segment.count || (i > 0 && slot <= slots[i - 1]!)) throw cursor.corrupted(`slot ${slot} is dead`);
    });
    const sequences = await cursor.takeFloat64(BLOCK_TYPES.deathSequences, slots.length);
    if (!sequences.every((sequence) => Number.isSafeInteger(sequence) && sequence > 0)) {
      throw cursor.corrupted("a death is not a sequence");
    }
    const soft = await cursor.takeBytes(BLOCK_TYPES.deathSoft, slots.length);
    if (!soft.every((flag) => flag <= 1)) throw cursor.corrupted("a death is neither soft nor for good");
    await cursor.end();
    slots.forEach((slot, i) => {
      segment.kill(slot, sequences[i]!, soft[i] === 1);
    });
  });
}

function* deathBlocks(deaths: DeathList): Generator<BlockInput> {
  yield { type: BLOCK_TYPES.deathSlots, bytes: rawBytes(deaths.slots) };
  yield { type: BLOCK_TYPES.deathSequences, bytes: rawBytes(deaths.sequences) };
  yield { type: BLOCK_TYPES.deathSoft, bytes: deaths.soft };
}
