import { describe, expect, it } from "vitest";

interface Labeled {
  readonly records: readonly { readonly id: string; readonly text: string }[];
  readonly queries: readonly { readonly relevant: ReadonlySet<string> }[];
}
const { createLabeled, qualityOf } = (await import(new URL("./labeled.mjs", import.meta.url).href)) as {
  createLabeled(of: Record<string, number>): Labeled;
  qualityOf(ids: readonly string[], relevant: ReadonlySet<string>, k: number): { ndcg: number; recall: number };
};

const shape = { records: 200, topics: 5, queries: 20, dimension: 8, words: 10, noise: 1, aboutTopic: 0.3, seed: 3 };

describe("a labeled set", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(createLabeled(shape)).toEqual(createLabeled(shape));
    expect(createLabeled({ ...shape, seed: 4 }).records[0]).not.toEqual(createLabeled(shape).records[0]);
  });

  it("has for each query what is relevant: the records of one topic", () => {
    const { records, queries } = createLabeled(shape);
    const topics = [...new Set(queries.map(({ relevant }) => relevant))];
    expect(topics.length).toBe(5);
    const listed = topics.flatMap((relevant) => [...relevant]).sort();
    expect(listed).toEqual(records.map(({ id }) => id).sort());
  });
});

describe("the quality of an answer", () => {
  const relevant = new Set(["a", "b", "c"]);
  const second = 1 / Math.log2(3);
  const third = 1 / 2;
  it.each([
    [["a", "b", "c", "x"], 1, 1],
    [["x", "y", "z"], 0, 0],
    [[], 0, 0],
    [["x", "a"], second / (1 + second + third), 1 / 3],
    [["a", "x", "b"], (1 + third) / (1 + second + third), 2 / 3],
  ])("%j is %d by gain and %d by recall", (ids, ndcg, recall) => {
    const found = qualityOf(ids, relevant, 4);
    expect(found.ndcg).toBeCloseTo(ndcg, 12);
    expect(found.recall).toBeCloseTo(recall, 12);
  });

  it("is asked for no more than fits", () => {
    expect(qualityOf(["a", "b"], relevant, 2)).toEqual({ ndcg: 1, recall: 1 });
  });
});
