/** Returns numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number;

/** A small generator for tests and simulated disks; never for salts or ids. Source: Ettinger, "mulberry32", 2017. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
