import type { Metadata } from "../model/metadata.js";

/** A record as the plain implementations see it. */
export interface PlainRecord {
  readonly id: string;
  readonly terms?: readonly string[];
  readonly sparse?: { readonly indices: readonly number[]; readonly values: readonly number[] };
  readonly metadata?: Metadata;
}

/** A record and its score. */
export interface Ranked {
  readonly id: string;
  readonly score: number;
}

/**
 * BM25 in its plainest form: k1 1.2, b 0.75, idf = ln(1 + (N - df + 0.5) / (df + 0.5)), every text looked at.
 *
 * @param records  all that count for the statistics
 * @param query    terms, repeated ones too
 */
export function plainBm25(records: readonly PlainRecord[], query: readonly string[]): Ranked[] {
  const texts = records.filter(({ terms }) => terms !== undefined);
  const meanLength = texts.reduce((sum, { terms }) => sum + terms!.length, 0) / texts.length;
  const docFreq = (term: string) => texts.filter(({ terms }) => terms!.includes(term)).length;
  const idf = new Map(
    query.map((term) => [term, Math.log(1 + (texts.length - docFreq(term) + 0.5) / (docFreq(term) + 0.5))]),
  );
  const ranked = texts.map(({ id, terms }) => {
    let score = 0;
    for (const term of query) {
      const frequency = terms!.filter((one) => one === term).length;
      const norm = 1.2 * (1 - 0.75 + (0.75 * terms!.length) / meanLength);
      score += (idf.get(term)! * frequency * 2.2) / (frequency + norm);
    }
    return { id, score };
  });
  return sorted(ranked.filter(({ score }) => score > 0));
}

/** The dot product with every sparse vector that shares a component with the query. */
export function plainSparse(records: readonly PlainRecord[], query: NonNullable<PlainRecord["sparse"]>): Ranked[] {
  const weights = new Map(query.indices.map((index, i) => [index, Math.fround(query.values[i]!)]));
  const ranked = records.flatMap(({ id, sparse }) => {
    const shared = (sparse?.indices ?? []).flatMap((index, i) => {
      const weight = weights.get(index);
      return weight === undefined ? [] : [weight * Math.fround(sparse!.values[i]!)];
    });
    return shared.length === 0 ? [] : [{ id, score: shared.reduce((sum, part) => sum + part, 0) }];
  });
  return sorted(ranked);
}

function sorted(ranked: Ranked[]): Ranked[] {
  return ranked.sort((a, b) => b.score - a.score || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
}
