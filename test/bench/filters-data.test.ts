import { describe, expect, it } from "vitest";

interface Dataset {
  readonly vectors: Float32Array;
  readonly count: number;
  readonly dimension: number;
}
interface Range {
  readonly low: number;
  readonly high: number;
  readonly ranks: Uint32Array;
  readonly filter: string;
}
type Places = { readonly random: Uint32Array; readonly near: readonly Uint32Array[] };
const { placesOf, filterFor, metadataOf, closestMatches, similarities } = (await import(
  new URL("./filters-data.mjs", import.meta.url).href
)) as {
  placesOf(dataset: Dataset): Places;
  filterFor(cell: { kind: string; matches: number }, places: Places, query: Float32Array, turn: number): Range;
  metadataOf(places: Places, at: number): Record<string, number>;
  closestMatches(range: Range, scores: Float32Array): number[];
  similarities(query: Float32Array, vectors: Float32Array, count: number): Float32Array;
};

const COUNT = 500;
const vectors = Float32Array.from({ length: 3 * COUNT }, (_, i) => Math.sin(i * i + 1));
const dataset = { vectors, count: COUNT, dimension: 3 };
const places = placesOf(dataset);
const query = Float32Array.of(0.2, -0.5, 0.9);
const scores = similarities(query, vectors, COUNT);

const matching = ({ ranks, low, high }: Range) =>
  Array.from({ length: COUNT }, (_, at) => at).filter((at) => ranks[at]! >= low && ranks[at]! < high);
const mean = (slots: number[]) => slots.reduce((sum, slot) => sum + scores[slot]!, 0) / slots.length;

describe("a filter of the benchmark", () => {
  it.each(["random", "correlated", "anti-correlated"])("that is %s lets exactly so many through", (kind) => {
    for (const matches of [1, 5, 250, COUNT]) {
      const range = filterFor({ kind, matches }, places, query, 3);
      expect(matching(range)).toHaveLength(matches);
      const [, field, from, to] = /^(\w+) BETWEEN (\S+) AND (\S+)$/.exec(range.filter)!;
      const byText = Array.from({ length: COUNT }, (_, at) => metadataOf(places, at)[field!]!).flatMap((value, at) =>
        value >= Number(from) && value <= Number(to) ? [at] : [],
      );
      expect(byText).toEqual(matching(range));
    }
  });

  it("keeps what is close to the query, or leaves it out, or neither", () => {
    const [random, near, far] = ["random", "correlated", "anti-correlated"].map((kind) =>
      mean(matching(filterFor({ kind, matches: 50 }, places, query, 0))),
    );
    expect(near).toBeGreaterThan(random! + 0.3);
    expect(far).toBeLessThan(random! - 0.3);
  });

  it("is another for each turn, with the same matches where it is no random one", () => {
    const cell = { kind: "correlated", matches: 50 };
    const [a, b] = [0, 1].map((turn) => filterFor(cell, places, query, turn));
    expect(a!.filter).not.toBe(b!.filter);
    expect(matching(a!)).toEqual(matching(b!));
  });

  it("has the closest of what it lets through as its answer", () => {
    for (const [kind, matches] of [
      ["random", 100],
      ["correlated", 7],
      ["anti-correlated", 250],
    ] as const) {
      const range = filterFor({ kind, matches }, places, query, 1);
      const expected = matching(range).sort((a, b) => scores[b]! - scores[a]!);
      expect(closestMatches(range, scores)).toEqual(expected.slice(0, 10));
    }
  });
});
