/** mulberry32: numbers of [0, 1), the same for the same seed on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An integer of [0, below). */
export function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

/** Dimensions of every vector here. */
export const DIMENSION = 8;

/** f32[DIMENSION] that follows from a number, within [-1, 1]; equal numbers give equal vectors. */
export function vectorOf(n: number): Float32Array {
  const random = createRandom(n * 7919 + 1);
  return Float32Array.from({ length: DIMENSION }, () => random() * 2 - 1);
}

/** A sparse vector of one to five components that follows from a number. */
export function sparseOf(n: number): { readonly indices: number[]; readonly values: number[] } {
  const random = createRandom(n * 104_729 + 3);
  const indices = Array.from({ length: 1 + (n % 5) }, (_, i) => i * 1_000 + below(random, 40));
  return { indices, values: indices.map(() => random() + 0.01) };
}

const PREFIXES = ["doc", "é-", "😀/", "a"];

/** The n-th id; some are not ASCII, and their order is not that of the numbers. */
export function idOf(n: number): string {
  return `${PREFIXES[n % PREFIXES.length]}${n}`;
}

const COLORS = ["red", "green", "blue", "blau"];

/** Metadata that follows from a number; one in five has none. */
export function metadataOf(
  n: number,
): Record<string, number | string | string[] | { kind: string | null }> | undefined {
  if (n % 5 === 0) return undefined;
  return { n, color: COLORS[n % 4]!, tags: COLORS.slice(0, n % 3), of: { kind: n % 7 === 0 ? null : `k${n % 3}` } };
}
