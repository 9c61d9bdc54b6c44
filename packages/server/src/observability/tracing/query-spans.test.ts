import { describe, expect, it } from "vitest";
import type { QueryFacts, StageStretch } from "../../call.js";
import { QuerySpans } from "./query-spans.js";

const ABOUT = { queryId: "q", dimension: 3, limit: 10, filterShape: "a = ?" };
const PLACE = { traceId: "t", parentSpanId: "p", originMs: 1_000, namespace: "docs" };
const FACTS: QueryFacts = {
  ...ABOUT,
  strategy: "filtered_graph",
  durationMs: 5,
  resultsCount: 7,
  nodesVisited: 1,
  distanceComputations: 1,
  candidates: 1,
  selectivity: 0.25,
  cacheHit: false,
};
const stretch = (
  stage: string,
  startedMs: number,
  endedMs: number,
  more: Partial<StageStretch> = {},
): StageStretch => ({
  stage,
  startedMs,
  endedMs,
  ...more,
});

function spansOf(stretches: readonly StageStretch[], facts: QueryFacts | undefined = FACTS, failure?: string) {
  const spans = new QuerySpans(ABOUT);
  for (const each of stretches) spans.stretch(each);
  return spans.spans(PLACE, { ...(facts && { facts }), endedMs: 99, failure });
}

describe("the spans of a query", () => {
  it("are one for the query and one below it for each stretch, as long as it was", () => {
    const [query, ...stages] = spansOf([
      stretch("plan", 10, 11),
      stretch("filter", 11, 12),
      stretch("search", 12, 15, { by: "vectors", candidates: 40 }),
      stretch("rescore", 15, 16),
      stretch("search", 16, 17, { by: "lists" }),
      stretch("hydrate", 17, 18),
    ]);
    expect(query).toMatchObject({
      name: "vecstore_query",
      parentSpanId: "p",
      startMs: 1_010,
      endMs: 1_018,
      attributes: { query_id: "q", vector_dim: 3, k: 10, namespace: "docs", results_count: 7, cache_hit: false },
      events: [
        { name: "HNSW search complete", timeMs: 1_015 },
        { name: "Query complete", timeMs: 1_018 },
      ],
    });
    expect(stages.map(({ name, startMs, endMs, attributes }) => [name, startMs, endMs, attributes])).toEqual([
      ["plan", 1_010, 1_011, {}],
      ["apply_filters", 1_011, 1_012, { filter_expr: "a = ?", filter_selectivity: 0.25, inside_graph: true }],
      ["hnsw_search", 1_012, 1_015, { candidates_found: 40 }],
      ["rescore", 1_015, 1_016, {}],
      ["inverted_index_search", 1_016, 1_017, {}],
      ["hydrate", 1_017, 1_018, {}],
    ]);
    for (const { parentSpanId, traceId } of stages) expect([parentSpanId, traceId]).toEqual([query!.spanId, "t"]);
    expect(new Set([query, ...stages].map((span) => span!.spanId)).size).toBe(7);
  });

  it("leave out a stretch that is too short to tell, not its candidates, and not the end of the query", () => {
    const [query, ...stages] = spansOf([
      stretch("plan", 1, 1.01),
      stretch("search", 1.01, 2, { by: "vectors", candidates: 40 }),
      stretch("wait", 2, 2.01),
      stretch("search", 2.01, 2.02, { by: "vectors", candidates: 2 }),
    ]);
    expect(stages.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["plan", {}],
      ["hnsw_search", { candidates_found: 42 }],
    ]);
    expect(query!.endMs).toBe(1_002.02);
  });

  it("are at most 64 stages, and the query says how many are left out", () => {
    const turns = Array.from({ length: 100 }, (_, at) => stretch(at % 2 ? "wait" : "search", at, at + 1));
    const [query, ...stages] = spansOf(turns);
    expect(stages).toHaveLength(64);
    expect(query!.attributes.stages_left_out).toBe(36);
    expect(query!.endMs).toBe(1_100);
  });

  it("of one that failed have no results and no events, but how far it came", () => {
    const spans = new QuerySpans(ABOUT);
    spans.stretch(stretch("filter", 1, 2));
    const [query, filter] = spans.spans(PLACE, { endedMs: 99, failure: "INTERNAL" });
    expect(query).toMatchObject({ failure: "INTERNAL", events: [] });
    expect(query!.attributes.results_count).toBeUndefined();
    expect(filter!.attributes.inside_graph).toBeUndefined();
  });

  it("of one without stages, as an answer that was kept, go from its begin to its end", () => {
    const [query, ...stages] = spansOf([]);
    expect(stages).toEqual([]);
    expect(query!.endMs).toBe(1_099);
    expect(query!.events).toEqual([{ name: "Query complete", timeMs: 1_099 }]);
  });
});
