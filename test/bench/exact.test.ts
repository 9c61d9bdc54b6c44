import { expect, test } from "vitest";

/** The programs are plain JavaScript without declarations; this is the part that is tested here. */
interface Question {
  readonly count: number;
  readonly dimension: number;
  readonly queries: readonly Float32Array[];
  readonly chunks: () => Iterable<{ from: number; vectors: Float32Array }>;
}
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, import.meta.url).href)) as T;
const { nearestOfAll, K } = await load<{
  K: number;
  nearestOfAll(question: Question, options?: { threadsFrom: number }): Promise<Uint32Array>;
}>("./exact.mjs");

/** On a line each vector has an angle of its own, so the order by cosine to (1, 0) is the order of the angles. */
const fan = (count: number): Float32Array =>
  Float32Array.from({ length: 2 * count }, (_, at) => {
    const angle = (at >> 1) / count;
    return (1 + (at >> 1)) * (at % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });

test.each([0, Number.POSITIVE_INFINITY])(
  "the nearest come first, whatever the lengths, with threads from %d multiplications on",
  async (threadsFrom) => {
    const count = 10_000;
    const vectors = fan(count);
    const queries = [Float32Array.of(1, 0), Float32Array.of(Math.cos(1), Math.sin(1))];
    const truth = await nearestOfAll(
      { count, dimension: 2, queries, chunks: () => [{ from: 0, vectors }] },
      { threadsFrom },
    );
    const first = Array.from({ length: K }, (_, at) => at);
    expect(Array.from(truth)).toEqual([...first, ...first.map((at) => count - 1 - at)]);
  },
);
