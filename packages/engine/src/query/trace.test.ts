import { describe, expect, it } from "vitest";
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
});
