import { expect, it } from "vitest";
import { latencyOf } from "./latency.js";

it("gives the mean and the times that a share of queries does not exceed", () => {
  const times = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect(latencyOf(times)).toEqual({ meanMs: 100.5, p50Ms: 100, p95Ms: 190, p99Ms: 198 });
  expect(latencyOf([7])).toEqual({ meanMs: 7, p50Ms: 7, p95Ms: 7, p99Ms: 7 });
  expect(latencyOf([])).toEqual({ meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 });
});
