import type { View } from "./view.js";

/** A record of a sample. */
export interface Sampled {
  /** Index of the segment in the view. */
  readonly segment: number;
  readonly slot: number;
}

/** 2^32 divided by the golden ratio: steps of it fall evenly over any range. */
const GOLDEN = 0.6180339887498949;

/**
 * Distinct visible records that have a vector, spread evenly over the slots of a view: the same for the same seed and view.
 *
 * @param most  records wanted; fewer come back only when the view sees fewer
 * @param seed  u32
 */
export function sampleRecords(
  view: Pick<View, "segments" | "sequence" | "nowMs">,
  most: number,
  seed: number,
): Sampled[] {
  const slots = view.segments.reduce((sum, { count }) => sum + count, 0);
  const sample: Sampled[] = [];
  if (slots === 0) return sample;
  // Coprime to the number of slots, so that the walk meets each slot once.
  let step = Math.max(1, Math.floor(slots * GOLDEN));
  while (gcd(step, slots) !== 1) step++;
  let at = Math.floor(((Math.imul(seed, 0x9e3779b1) >>> 0) / 2 ** 32) * slots);
  for (let met = 0; met < slots && sample.length < most; met++) {
    const place = placeOf(view, at);
    const { segment } = view.segments[place.segment]!;
    if (segment.dimension > 0 && segment.isVisible(place.slot, view)) sample.push(place);
    at = (at + step) % slots;
  }
  return sample;
}

function placeOf({ segments }: Pick<View, "segments">, at: number): Sampled {
  let slot = at;
  let segment = 0;
  while (slot >= segments[segment]!.count) slot -= segments[segment++]!.count;
  return { segment, slot };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
