import { searchDense } from "./dense.js";
import { fuse, type Way } from "./fuse.js";
import type { Hit } from "./hydrate.js";
import type { QueryRun } from "./run.js";
import { searchSparse } from "./search-sparse.js";
import { searchText } from "./search-text.js";
import { candidatesFor } from "./validate-fusion.js";

/**
 * Searches each way that a query asks for: its dense vector, its sparse vector, its text. The filter applies within each.
 *
 * @param need  records wanted
 * @returns     best first, ties by id; fewer than `need` only when no more match, or the query itself bounds the candidates;
 *              several ways may give more
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function searchWays(run: QueryRun, need: number): Promise<readonly Hit[]> {
  const { dense, sparse, text, fusion } = run.query;
  const count = [dense, sparse, text].filter((way) => way !== undefined).length;
  if (count === 1) return (await search(run, need)).flatMap(({ hits }) => hits);
  const ways = await search(run, fusion.candidates ?? candidatesFor(need));
  run.found({ strategy: "fused", approximate: run.isApproximate });
  run.pace.trace?.enter("fuse");
  return fuse(run.view, ways, fusion);
}

async function search(run: QueryRun, candidates: number): Promise<Way[]> {
  const { dense, sparse, text } = run.query;
  const ways: Way[] = [];
  if (dense !== undefined) ways.push({ kind: "dense", scale: run.view.metric, hits: await denseHits(run, candidates) });
  if (sparse !== undefined || text !== undefined) run.pace.trace?.enterLists();
  if (sparse !== undefined)
    ways.push({ kind: "sparse", scale: "score", hits: await searchSparse(run, sparse, candidates) });
  if (text !== undefined) ways.push({ kind: "text", scale: "score", hits: await searchText(run, text, candidates) });
  if (dense === undefined && run.view.segments.length > 0)
    run.found({ strategy: "inverted_index", approximate: false });
  run.pace.trace?.found(ways);
  return ways;
}

async function denseHits(run: QueryRun, candidates: number): Promise<readonly Hit[]> {
  const { query, view, pace, vector } = run;
  const matchesOf = (segment: number) => run.matchesOf(segment);
  const found = await searchDense({ ...query, vector, matchesOf }, view, pace, candidates);
  run.count(found.counters);
  run.found(found, found.filteredCount);
  return found.hits;
}
