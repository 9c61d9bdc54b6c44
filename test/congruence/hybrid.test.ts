import { MemoryEnv, type QueryRequest, VecStore } from "@vecstore/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** The generator is plain JavaScript, which the benchmark of hybrid queries runs as it is. */
interface Labeled {
  readonly records: readonly { readonly id: string; readonly vector: Float32Array; readonly text: string }[];
  readonly queries: readonly Asked[];
}
interface Asked {
  readonly vector: Float32Array;
  readonly text: string;
  readonly sparse: { readonly indices: readonly number[]; readonly values: readonly number[] };
  readonly relevant: ReadonlySet<string>;
}
interface Quality {
  readonly ndcg: number;
  readonly recall: number;
}
const { createLabeled, qualityOf } = (await import(new URL("../bench/labeled.mjs", import.meta.url).href)) as {
  createLabeled(of: Record<string, number>): Labeled;
  qualityOf(ids: readonly string[], relevant: ReadonlySet<string>, k: number): Quality;
};

const SEED = 1;
const K = 10;
const BATCH = 500;
const shape = {
  records: 4_000,
  topics: 80,
  queries: 150,
  dimension: 48,
  words: 24,
  noise: 1.7,
  aboutTopic: 0.25,
  seed: SEED,
};

let store: VecStore;
let set: Labeled;
beforeAll(async () => {
  set = createLabeled(shape);
  store = await VecStore.open("hybrid", { env: new MemoryEnv(), metric: "cosine", threads: 0 });
  for (let from = 0; from < set.records.length; from += BATCH)
    await store.upsert(set.records.slice(from, from + BATCH));
  await store.settled();
});
afterAll(() => store.close());

/** The mean over all queries. */
async function quality(requestOf: (asked: Asked) => QueryRequest): Promise<Quality> {
  let [ndcg, recall] = [0, 0];
  for (const asked of set.queries) {
    const { results } = await store.query({ ...requestOf(asked), limit: K });
    const of = qualityOf(
      results.map(({ id }) => id),
      asked.relevant,
      K,
    );
    ndcg += of.ndcg / set.queries.length;
    recall += of.recall / set.queries.length;
  }
  return { ndcg, recall };
}

const byVector = ({ vector }: Asked): QueryRequest => ({ vector });
const byText = ({ text }: Asked): QueryRequest => ({ text });
const bySparse = ({ sparse }: Asked): QueryRequest => ({ sparse });

describe(`on records of which vector and text each tell a part of the topic, seed ${SEED}, a hybrid query`, () => {
  it.each([
    { fusion: { method: "reciprocal_rank" }, other: "text", margin: 0.15 },
    { fusion: { method: "weighted", alpha: 0.5 }, other: "text", margin: 0.08 },
    { fusion: { method: "reciprocal_rank" }, other: "sparse", margin: 0.1 },
    { fusion: { method: "weighted", alpha: 0.5 }, other: "sparse", margin: 0.04 },
  ] as const)("beats both of its parts: $fusion.method with $other, by $margin", async ({ fusion, other, margin }) => {
    const byOther = other === "text" ? byText : bySparse;
    const parts = [await quality(byVector), await quality(byOther)];
    const hybrid = await quality((asked) => ({ ...byVector(asked), ...byOther(asked), fusion }));
    for (const { ndcg, recall } of parts) {
      // Each of them knows something, and none of them all.
      expect(ndcg).toBeGreaterThan(0.4);
      expect(ndcg).toBeLessThan(0.7);
      expect(hybrid.ndcg).toBeGreaterThan(ndcg + margin);
      expect(hybrid.recall).toBeGreaterThan(recall + margin);
    }
  });
});
