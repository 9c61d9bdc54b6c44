import { describe, expect, it } from "vitest";
import type { QueryStretch } from "../model/observer.js";
import { Pace } from "./pace.js";
import { Trace } from "./trace.js";

describe("a trace", () => {
  it("sums the time of each stage, in the order they began", () => {
    const trace = new Trace(10);
    expect(trace.enter("search", 11)).toBe("plan");
    expect(trace.enter("rescore", 14)).toBe("search");
    expect(trace.enter("search", 15)).toBe("rescore");
    expect(trace.stages(20)).toEqual([
      { name: "plan", durationMs: 1 },
      { name: "search", durationMs: 8 },
      { name: "rescore", durationMs: 1 },
    ]);
  });

  it("counts the time that others are given as waiting, and goes on with the stage", async () => {
    const trace = new Trace();
    trace.enter("search");
    await new Pace({}, trace).next();
    expect(trace.enter("hydrate")).toBe("search");
    expect(trace.stages().map(({ name }) => name)).toEqual(["plan", "search", "wait", "hydrate"]);
  });

  it("tells of each stretch when it ends, with the candidates of that search", () => {
    const stretches: QueryStretch[] = [];
    const trace = new Trace(10, (stretch) => void stretches.push(stretch));
    const counters = { candidates: 3, nodesVisited: 0, distanceComputations: 0 };
    trace.begin([], 5, counters);
    stretches.length = 0;
    counters.candidates = 10;
    trace.enter("search", 14);
    trace.enter("rescore", 15);
    trace.enter("search", 18);
    counters.candidates = 12;
    trace.enter("hydrate", 20);
    trace.end(25);
    trace.end(30);
    expect(stretches.map(({ startedMs: _, ...told }) => told)).toEqual([
      { stage: "search", by: "vectors", endedMs: 15, candidates: 7 },
      { stage: "rescore", endedMs: 18 },
      { stage: "search", by: "vectors", endedMs: 20, candidates: 2 },
      { stage: "hydrate", endedMs: 25 },
    ]);
    expect(stretches.slice(1).map(({ startedMs }) => startedMs)).toEqual([15, 18, 20]);
    expect(trace.stages(40).find(({ name }) => name === "hydrate")).toEqual({ name: "hydrate", durationMs: 5 });
  });

  it("tells a search of lists from one by vectors", () => {
    const stretches: QueryStretch[] = [];
    const trace = new Trace(0, (stretch) => void stretches.push(stretch));
    trace.begin([], 5, { candidates: 0, nodesVisited: 0, distanceComputations: 0 });
    trace.enterLists();
    trace.end();
    expect(stretches.map(({ stage, by }) => [stage, by])).toEqual([
      ["plan", undefined],
      ["search", "vectors"],
      ["search", "lists"],
    ]);
  });
});
