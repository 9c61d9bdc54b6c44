import type { QueryAnswer, QueryHit, VecStore } from "@vecstore/engine";
import { expect } from "vitest";
import { FILTERS, matches, type NamedFilter } from "./filters.js";
import { compareBytes, type Model } from "./model.js";
import { sparseOf, vectorOf } from "./random.js";

/** How far an f32 distance may be from the model's f64. */
const TOLERANCE = 1e-4;

/** Results found and results there were, over many indexed queries. */
export interface Recall {
  found: number;
  wanted: number;
  /** Queries that a graph answered, alone or with others. */
  byGraph: number;
}

/** Compares get, list and count with the model. */
export async function checkRecords(store: VecStore, model: Model, pageSize: number): Promise<void> {
  expect(await store.count()).toBe(model.visible.size);
  const filter = FILTERS[pageSize % FILTERS.length]!;
  const matching = [...model.visible.values()].filter(({ metadata }) => matches(filter, metadata)).length;
  expect([filter.text, await store.count({ filter: filter.text })]).toEqual([filter.text, matching]);
  const listed: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await store.list({ pageSize, pageToken, includeVector: true, includeText: true });
    for (const record of page.records) {
      listed.push(record.id);
      expect(record).toEqual({ id: record.id, ...withoutAbsent(model.visible.get(record.id)!) });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  expect(listed).toEqual(model.sortedIds());
  const asked = [...[...model.visible.keys()].slice(0, 5), ...[...model.hidden.keys()].slice(0, 5), "nobody"];
  const { records, missing } = await store.get(asked);
  expect(records.map(({ id }) => id)).toEqual(asked.filter((id) => model.visible.has(id)));
  expect(missing).toEqual(asked.filter((id) => !model.visible.has(id)));
}

/** Compares exact, filtered and indexed queries with brute force, and adds to the recall. */
export async function checkQueries(store: VecStore, model: Model, n: number, recall: Recall): Promise<void> {
  const vector = vectorOf(100_000 + n);
  const limit = 1 + (n % 30);
  const offset = n % 4 === 0 ? n % 9 : 0;
  const filter = FILTERS[n % FILTERS.length]!;
  const exact = await store.query({ vector, limit, offset, exact: true });
  checkExact(model, vector, exact.results, { limit, offset });
  const filtered = await store.query({ vector, limit, offset, filter: filter.text });
  // What comparing costs on this machine decides whether codes are compared, and the answer says so.
  if (filtered.stats.approximate) checkIndexed(model, vector, filtered, { limit, offset, filter }, recall);
  else checkExact(model, vector, filtered.results, { limit, offset, filter });
  const indexed = await store.query({ vector, limit, offset });
  if (indexed.stats.approximate) recall.byGraph++;
  checkIndexed(model, vector, indexed, { limit, offset }, recall);
}

/** As many results as there are, each as it should be; which ones are found counts for the recall. */
function checkIndexed(
  model: Model,
  vector: Float32Array,
  { results, stats }: QueryAnswer,
  { limit, offset, filter }: Asked,
  recall: Recall,
): void {
  const truth = model.nearest(vector, filter).slice(offset, offset + limit);
  checkInvariants(model, vector, results);
  if (filter !== undefined) {
    for (const { id } of results) expect(matches(filter, model.visible.get(id)!.metadata)).toBe(true);
  }
  expect(results).toHaveLength(truth.length);
  expect(stats.exhausted).toBe(truth.length < limit);
  recall.wanted += truth.length;
  recall.found += overlap(model, vector, results, truth);
}

/** Compares searches by sparse vector and by text with brute force. */
export async function checkInverted(store: VecStore, model: Model, n: number): Promise<void> {
  const limit = 1 + (n % 40);
  const filter = n % 2 === 0 ? undefined : FILTERS[n % FILTERS.length]!;
  const sparse = sparseOf(n * 31);
  const bySparse = await store.query({ sparse, limit, filter: filter?.text });
  expect(bySparse.results.map(({ id, score }) => [id, score])).toEqual(
    model.bestSparse(sparse, filter).slice(0, limit),
  );
  // Scores of texts count dead records until a merge, so only what is found is compared; the engine's own tests compare scores.
  const word = String((n * 3) % 300);
  const byText = await store.query({ text: word, limit: 1_000, filter: filter?.text, includeText: true });
  const texts = byText.results.map(({ id, text }) => [id, text]);
  expect(new Set(texts.map(([id]) => id))).toEqual(new Set(model.withWord(word, filter)));
  for (const [id, text] of texts) expect(text).toBe(model.visible.get(id!)!.text);
}

interface Asked {
  readonly limit: number;
  readonly offset: number;
  readonly filter?: NamedFilter;
}

function checkExact(
  model: Model,
  vector: Float32Array,
  results: readonly QueryHit[],
  { limit, offset, filter }: Asked,
): void {
  const truth = model.nearest(vector, filter).slice(offset, offset + limit);
  expect(results).toHaveLength(truth.length);
  checkInvariants(model, vector, results);
  results.forEach(({ id, distance }, i) => {
    // Near ties may change places by rounding; each place has its distance all the same.
    expect(Math.abs(distance! - model.distance(vector, truth[i]!))).toBeLessThan(TOLERANCE);
    if (filter !== undefined) expect(matches(filter, model.visible.get(id)!.metadata)).toBe(true);
  });
}

/** No dead id, none twice, scores descending and ties by id, distances and versions those of the model. */
function checkInvariants(model: Model, vector: Float32Array, results: readonly QueryHit[]): void {
  expect(new Set(results.map(({ id }) => id)).size).toBe(results.length);
  results.forEach((hit, i) => {
    const record = model.visible.get(hit.id);
    expect(record?.version).toBe(hit.version);
    expect(hit.metadata).toEqual(record!.metadata);
    expect(Math.abs(hit.distance! - model.distance(vector, hit.id))).toBeLessThan(TOLERANCE);
    const before = results[i - 1];
    if (before === undefined) return;
    expect(before.score).toBeGreaterThanOrEqual(hit.score);
    if (before.distance === hit.distance) expect(compareBytes(before.id, hit.id)).toBeLessThan(0);
  });
}

/** How many results are as close as the farthest that brute force wants. */
function overlap(model: Model, vector: Float32Array, results: readonly QueryHit[], truth: readonly string[]): number {
  if (truth.length === 0) return 0;
  const worst = model.distance(vector, truth.at(-1)!) + TOLERANCE;
  return results.filter(({ id }) => model.distance(vector, id) <= worst).length;
}

function withoutAbsent(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
