import { VecstoreError } from "../errors.js";
import type { QueryChunk } from "../model/query.js";
import { executeQuery } from "./execute.js";
import { explainResults, explainRun } from "./explain.js";
import { type Hit, hydrate } from "./hydrate.js";
import { observe } from "./observe.js";
import type { Bounds } from "./pace.js";
import { Pace } from "./pace.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";

/** Results of one chunk at most: the first leaves after these, and no more than one chunk waits for a slow reader. */
const CHUNK_RESULTS = 64;
/** Stored bytes of one chunk at most; one larger record goes alone. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Runs a query and yields its results in order, reading the records of a chunk only when it is asked for.
 * The last chunk carries the stats. The view is taken when the iteration begins
 * and released when it ends, however it ends.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED, DIMENSION_MISMATCH, RECORD_NOT_FOUND
 */
export async function* streamQuery(
  query: ValidQuery,
  openView: () => View,
  bounds: Bounds,
): AsyncGenerator<QueryChunk, void> {
  const view = openView();
  try {
    assertDimension(query, view);
    const { hits, stats, trace, run } = await executeQuery(query, view, bounds);
    const isExplained = trace !== undefined && query.explain;
    const explain = isExplained ? await explainRun({ trace, run }) : undefined;
    await observe({ trace, run }, stats.durationMs);
    const pace = new Pace(bounds);
    for (let at = 0; at < hits.length; ) {
      pace.check();
      const end = chunkEnd(view, query, hits, at);
      const chunk = hits.slice(at, end);
      trace?.enter("hydrate");
      const results = hydrate(view, query, chunk);
      // From here to the next chunk is the reader's time.
      trace?.end();
      yield { results: isExplained ? explainResults({ hits: chunk, trace, run }, results) : results };
      at = end;
    }
    yield explain === undefined ? { results: [], stats } : { results: [], stats, explain };
  } finally {
    view.release();
  }
}

/** The query was checked when the stream was asked for; the first vector may have fixed the dimension since. */
function assertDimension({ dense }: ValidQuery, view: View): void {
  const vector = dense?.vector;
  if (vector === undefined) return;
  for (const { segment } of view.segments) {
    if (segment.dimension === 0 || segment.dimension === vector.length) continue;
    const message = `query vector has ${vector.length} dimensions; the namespace expects ${segment.dimension} by now`;
    const details = { got: String(vector.length), expected: String(segment.dimension) };
    throw new VecstoreError("DIMENSION_MISMATCH", message, details);
  }
}

/** Where the chunk that begins at `from` ends: after at least one hit. */
function chunkEnd(view: View, { projection }: ValidQuery, hits: readonly Hit[], from: number): number {
  const end = Math.min(hits.length, from + CHUNK_RESULTS);
  let bytes = 0;
  for (let at = from; at < end; at++) {
    const { segment: index, slot } = hits[at]!;
    const { segment } = view.segments[index]!;
    if (projection.includeVector) bytes += 4 * segment.dimension + segment.sparseBytesOf(slot).length;
    if (projection.includeMetadata) bytes += segment.metadataBytesOf(slot).length;
    if (projection.includeText) bytes += segment.columns.textBytesOf(slot)?.length ?? 0;
    if (bytes > CHUNK_BYTES && at > from) return at;
  }
  return end;
}
