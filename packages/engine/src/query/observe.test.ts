import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { QueryExplain } from "../model/explain.js";
import type { QueryObserver, QueryStretch } from "../model/observer.js";
import type { QueryRequest } from "../model/query.js";
import { createRandom } from "../storage/random.js";
import { answerOf } from "./answer.js";
import { executeQuery } from "./execute.js";
import { observe } from "./observe.js";
import type { Bounds } from "./pace.js";
import { segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import { streamQuery } from "./stream.js";
import type { View } from "./view.js";

let core: Core;
let view: View;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
  const random = createRandom(7);
  const records = Array.from({ length: 2_400 }, (_, i) => ({
    id: `r${i}`,
    vector: [random(), random()],
    metadata: { n: i },
    text: `w${i % 5}`,
  }));
  view = viewOf([segmentOf(core, records, { graphRecordsMin: 100 })]);
  await view.segments[0]!.segment.graph?.settled();
}, 60_000);
afterAll(async () => {
  view.release();
  await core.close();
});

const VECTOR = { vector: [0.4, 0.4] };

async function watch(request: Partial<QueryRequest>, explainFromMs = 0, bounds: Bounds = {}) {
  const stretches: QueryStretch[] = [];
  const explained: QueryExplain[] = [];
  const observer: QueryObserver = {
    explainFromMs,
    onExplain: (explain) => void explained.push(explain),
    onStretch: (stretch) => void stretches.push(stretch),
  };
  const execution = await executeQuery(validQuery({ ...request, observer }), view, bounds);
  const answer = answerOf(execution);
  await observe(execution, execution.stats.durationMs);
  return { stretches, explained, answer };
}

describe("a query that is watched", () => {
  it.each<[string, Partial<QueryRequest>, string[]]>([
    ["by a vector", VECTOR, ["plan", "search", "rescore", "hydrate"]],
    ["under a filter", { ...VECTOR, filter: "n < 900" }, ["plan", "filter", "search", "hydrate"]],
    ["by a text under a filter", { text: "w1", filter: "n < 900" }, ["plan", "filter", "search", "hydrate"]],
    ["by both", { ...VECTOR, text: "w1" }, ["plan", "search", "rescore", "fuse", "hydrate"]],
  ])("%s tells of its stretches, one after the other", async (_, request, stages) => {
    const { stretches } = await watch(request);
    expect(stretches.map(({ stage }) => stage)).toEqual(expect.arrayContaining(stages));
    for (const [i, { startedMs, endedMs }] of stretches.entries()) {
      expect(endedMs).toBeGreaterThanOrEqual(startedMs);
      if (i > 0) expect(startedMs).toBeGreaterThanOrEqual(stretches[i - 1]!.endedMs);
    }
    expect(stretches.at(-1)!.stage).toBe("hydrate");
  });

  it("says how many candidates its searches by vectors found, in all as many as the answer", async () => {
    const { stretches, answer } = await watch(VECTOR);
    const found = stretches.flatMap(({ candidates = 0 }) => candidates).reduce((sum, each) => sum + each);
    expect(found).toBe(answer.stats.candidates);
    expect(found).toBeGreaterThanOrEqual(10);
  });

  it("has the answer that it has otherwise, and no explanation in it", async () => {
    const execution = await executeQuery(validQuery(VECTOR), view, {});
    expect((await watch(VECTOR)).answer.results).toEqual(answerOf(execution).results);
    expect((await watch(VECTOR)).answer).not.toHaveProperty("explain");
  });

  it("is explained when it took long enough, and only then", async () => {
    const [slow, quick] = [await watch({ ...VECTOR, filter: "n < 240" }), await watch(VECTOR, 1e9)];
    expect(slow.explained).toEqual([
      expect.objectContaining({ plan: expect.objectContaining({ selectivity: expect.anything() }) }),
    ]);
    expect(slow.explained[0]!.stages.map(({ name }) => name)).toContain("search");
    expect(quick.explained).toEqual([]);
  });

  it("is explained without stages when it was answered at once", async () => {
    const explained: QueryExplain[] = [];
    const observer = { explainFromMs: 0, onExplain: (explain: QueryExplain) => void explained.push(explain) };
    const found = executeQuery(validQuery({ ...VECTOR, observer }), view, {});
    const execution = await found;
    await observe({ trace: undefined, run: execution.run }, 1);
    expect(explained).toMatchObject([{ plan: { strategy: "graph" }, stages: [] }]);
  });

  it("tells of what was done when it failed", async () => {
    const stages: string[] = [];
    const controller = new AbortController();
    const onStretch = ({ stage }: QueryStretch) => {
      stages.push(stage);
      if (stage !== "plan") return;
      controller.abort();
      // The turn is used up, so that the search looks at the signal.
      for (const startedMs = performance.now(); performance.now() < startedMs + 5; );
    };
    const observer: QueryObserver = { explainFromMs: 0, onExplain: () => {}, onStretch };
    const query = validQuery({ ...VECTOR, exact: true, observer });
    const failing = (async () => executeQuery(query, view, { signal: controller.signal }))();
    await expect(failing).rejects.toMatchObject({ reason: "CANCELED" });
    expect(stages).toEqual(["plan", "search", "wait", "search"]);
  });

  it("says the share of the records that its filter let through", async () => {
    expect((await watch({ ...VECTOR, filter: "n < 600" })).answer.stats.selectivity).toBe(0.25);
    expect((await watch(VECTOR)).answer.stats).not.toHaveProperty("selectivity");
  });

  it("does not count the time of a slow reader of its stream", async () => {
    const stretches: QueryStretch[] = [];
    const observer = {
      explainFromMs: 1e9,
      onExplain: () => {},
      onStretch: (at: QueryStretch) => void stretches.push(at),
    };
    let readerMs = 0;
    const open = () => {
      for (const { segment } of view.segments) segment.retain();
      return view;
    };
    for await (const _ of streamQuery(validQuery({ ...VECTOR, limit: 300, observer }), open, {})) {
      const startedMs = performance.now();
      while (performance.now() < startedMs + 5);
      readerMs += performance.now() - startedMs;
    }
    const hydrates = stretches.filter(({ stage }) => stage === "hydrate");
    expect(hydrates.length).toBeGreaterThan(3);
    const span = hydrates.at(-1)!.endedMs - hydrates[0]!.startedMs;
    const spent = hydrates.reduce((sum, { startedMs, endedMs }) => sum + endedMs - startedMs, 0);
    expect(span - spent).toBeGreaterThan(readerMs / 2);
  });
});
