import type { Metric } from "../model/namespace.js";
import type { QueryHit } from "../model/query.js";
import type { Projection, StoredRecord } from "../model/record.js";
import type { Segment } from "../segment/segment.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";

/** Where a result lies, and how far it is as the core computes it. */
export interface Hit {
  readonly distance: number;
  readonly segment: number;
  readonly slot: number;
}

/** Negative when `a` comes before `b` in an answer: it is closer, or as close and its id sorts first. */
export function compareHits(view: View, a: Hit, b: Hit): number {
  if (a.distance !== b.distance) return a.distance - b.distance;
  return view.segments[a.segment]!.segment.compareIds(a.slot, view.segments[b.segment]!.segment, b.slot);
}

/** What distances are made of: those of vectors by a metric, or `score`, where a distance is minus a score of its own kind. */
export type Scale = Metric | "score";

/** Distance and score as callers see them: smaller is closer, larger is better. */
export interface Scored {
  readonly score: number;
  /** Undefined where there is a score only. */
  readonly distance: number | undefined;
}

/** Turns the distance of a hit into what callers see: the one place where scores are made. */
export function scoreOf(scale: Scale, distance: number): Scored {
  switch (scale) {
    case "score":
      return { score: 0 - distance, distance: undefined };
    case "cosine":
      return { score: 1 - distance, distance };
    case "dot":
      // Not `-distance`, which would give -0.
      return { score: 0 - distance, distance };
    case "euclidean": {
      const root = Math.sqrt(Math.max(0, distance));
      return { score: 0 - root, distance: root };
    }
  }
}

/** The hits that score at least the threshold; all of them without one. */
export function aboveThreshold(scale: Scale, hits: readonly Hit[], threshold: number | undefined): readonly Hit[] {
  if (threshold === undefined) return hits;
  const end = hits.findIndex((hit) => scoreOf(scale, hit.distance).score < threshold);
  return end < 0 ? hits : hits.slice(0, end);
}

/** Reads the records of some hits, closest first. */
export function hydrate(view: View, query: ValidQuery, hits: readonly Hit[]): QueryHit[] {
  const results: QueryHit[] = [];
  const scale = scaleOf(query, view);
  for (const hit of hits) {
    const { segment } = view.segments[hit.segment]!;
    const { score, distance } = scoreOf(scale, hit.distance);
    // Written out: spreading two objects into a third costs more than the search of a small graph.
    const id = segment.idOf(hit.slot);
    const version = segment.versionOf(hit.slot);
    const result: Mutable<QueryHit> =
      distance === undefined ? { id, score, version } : { id, score, version, distance };
    readParts(result, segment, hit.slot, query.projection);
    results.push(result);
  }
  return results;
}

/** By what the hits of a query are to be read. */
export function scaleOf({ dense, sparse, text }: Pick<ValidQuery, "dense" | "sparse" | "text">, view: View): Scale {
  return dense !== undefined && sparse === undefined && text === undefined ? view.metric : "score";
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads a record: its time, and the parts that a projection asks for; absent parts have no key. */
export function readRecord(segment: Segment, slot: number, projection: Required<Projection>): StoredRecord {
  const record: Mutable<StoredRecord> = { id: segment.idOf(slot), version: segment.versionOf(slot) };
  const expiresAtMs = segment.expiry.of(slot);
  if (expiresAtMs !== 0) record.expiresAtMs = expiresAtMs;
  readParts(record, segment, slot, projection);
  return record;
}

function readParts(
  record: Mutable<StoredRecord>,
  segment: Segment,
  slot: number,
  projection: Required<Projection>,
): void {
  if (projection.includeMetadata) {
    const metadata = segment.metadataOf(slot);
    if (metadata !== undefined) record.metadata = metadata;
  }
  if (projection.includeVector) readVectors(record, segment, slot);
  if (projection.includeText) {
    const text = segment.textOf(slot);
    if (text !== undefined) record.text = text;
  }
}

function readVectors(record: Mutable<StoredRecord>, segment: Segment, slot: number): void {
  if (segment.dimension > 0) record.vector = segment.vectorOf(slot);
  const sparse = segment.sparseOf(slot);
  if (sparse !== undefined) record.sparse = sparse;
}
