import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** The programs are plain JavaScript without declarations; these are the parts that are tested here. */
interface Shape {
  readonly count: number;
  readonly dimension: number;
  readonly queries: number;
  readonly seed: number;
  readonly first?: number;
}
interface Dataset {
  readonly vectors: Float32Array;
  readonly queries: readonly Float32Array[];
  readonly truth: Uint32Array;
}
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, import.meta.url).href)) as T;

const { syntheticChunks, syntheticDataset } = await load<{
  syntheticChunks(shape: Shape): Generator<{ from: number; vectors: Float32Array }>;
  syntheticDataset(shape: Shape): Promise<Dataset>;
}>("./synthetic.mjs");
const { K } = await load<{ K: number }>("./exact.mjs");
const { CACHE } = await load<{ CACHE: string }>("./report.mjs");

const SHAPE = { count: 300, dimension: 19, queries: 5, seed: 0xbe5c };
const forget = (): void => rmSync(join(CACHE, "truth-synthetic1-19d-seed48732-300-5-k10.bin"), { force: true });
beforeAll(forget);
afterAll(forget);

const cosine = (a: Float32Array, b: Float32Array): number => {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

test("a vector depends on its position and not on where the making began", () => {
  const all = syntheticChunks(SHAPE).next().value as { vectors: Float32Array };
  const later = syntheticChunks({ ...SHAPE, count: 120, first: 100 }).next().value as { vectors: Float32Array };
  expect(later.vectors).toEqual(all.vectors.slice(100 * SHAPE.dimension, 120 * SHAPE.dimension));
});

test("another seed gives other vectors", () => {
  const of = (seed: number) =>
    (syntheticChunks({ ...SHAPE, seed }).next().value as { vectors: Float32Array }).vectors.slice(0, SHAPE.dimension);
  expect(of(1)).not.toEqual(of(2));
});

test("the truth of every query is what sorting by cosine gives, made and read again", async () => {
  const made = await syntheticDataset(SHAPE);
  const read = await syntheticDataset(SHAPE);
  expect(read.truth).toEqual(made.truth);
  const vectors = Array.from({ length: SHAPE.count }, (_, slot) =>
    made.vectors.subarray(slot * SHAPE.dimension, (slot + 1) * SHAPE.dimension),
  );
  for (const [at, query] of made.queries.entries()) {
    const scores = vectors.map((vector) => cosine(vector, query));
    const slots = scores.map((_, slot) => slot).sort((a, b) => scores[b]! - scores[a]!);
    expect(Array.from(made.truth.subarray(at * K, (at + 1) * K))).toEqual(slots.slice(0, K));
  }
});
