import type { GraphLayout } from "./graph-layout.js";
import { NODE_UPPER, UPPER_TWIN } from "./layout.js";

/**
 * Marks the nodes of a loaded graph that have twins, as builders do when they chain one: the marks are in no file.
 *
 * Cost: one look at each node.
 */
export function markTwinHeads(words: Uint32Array, place: GraphLayout, indexed: number): void {
  const heads = place.twinHeads / 4;
  for (let slot = 0; slot < indexed; slot++) {
    const offset = words[(place.nodes + slot * place.stride + NODE_UPPER) / 4]!;
    if (offset === 0 || words[(place.upper + offset + UPPER_TWIN) / 4] === 0) continue;
    words[heads + (slot >>> 5)]! |= 1 << (slot & 31);
  }
}
