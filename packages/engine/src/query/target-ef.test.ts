import { describe, expect, it } from "vitest";
import type { GraphCalibration } from "../gen/vecstore/storage/v1/manifest.js";
import { efForTarget } from "./target-ef.js";

const calibration: GraphCalibration = {
  indexed: 10_000,
  curves: [
    { limit: 1, efs: [16, 32, 64], recalls: [0.9, 0.98, 0.99] },
    { limit: 10, efs: [16, 32, 64, 128], recalls: [0.5, 0.8, 0.9, 0.96] },
    { limit: 100, efs: [128, 256], recalls: [0.7, 0.9] },
  ],
};
const graph = { calibration, indexed: 10_000, visibleShare: 1 };

describe("the ef of a recall target", () => {
  it("is where the curve of as many results crosses it", () => {
    expect(efForTarget(0.8, 10, graph)).toBe(32);
    expect(efForTarget(0.85, 10, graph)).toBe(48);
    expect(efForTarget(0.95, 10, graph)).toBe(118);
    expect(efForTarget(0.98, 1, graph)).toBe(32);
    expect(efForTarget(0.1, 10, graph)).toBe(16);
  });

  it("is that of the next larger number of results, and grows with the number beyond", () => {
    expect(efForTarget(0.8, 2, graph)).toBe(32);
    expect(efForTarget(0.9, 11, graph)).toBe(256);
    expect(efForTarget(0.9, 300, graph)).toBe(768);
    expect(efForTarget(0.7, 100, graph)).toBe(128);
  });

  it("is at least the number of results", () => {
    expect(efForTarget(0.01, 15, graph)).toBe(128);
    expect(efForTarget(0.01, 1_000, graph)).toBe(1_280);
    expect(efForTarget(0.01, 9, { ...graph, calibration: undefined })).toBe(26);
    expect(efForTarget(0.01, 2_000, { ...graph, calibration: undefined })).toBe(2_000);
  });

  it("grows with the root of the graph's growth, and with the dead", () => {
    expect(efForTarget(0.8, 10, { ...graph, indexed: 40_000 })).toBe(64);
    expect(efForTarget(0.8, 10, { ...graph, indexed: 5_000 })).toBe(32);
    expect(efForTarget(0.8, 10, { ...graph, visibleShare: 0.5 })).toBe(64);
  });

  it("is none where no ef is sure to reach it", () => {
    expect(efForTarget(0.97, 10, graph)).toBeUndefined();
    expect(efForTarget(0.91, 50, graph)).toBeUndefined();
    expect(efForTarget(1, 1, graph)).toBeUndefined();
    expect(efForTarget(0.9, 900, graph)).toBeUndefined();
    expect(efForTarget(0.96, 10, { ...graph, visibleShare: 0.01 })).toBeUndefined();
  });

  it("is large before there is a curve", () => {
    const unknown = { ...graph, calibration: undefined };
    expect(efForTarget(0.9, 10, unknown)).toBe(257);
    expect(efForTarget(0.95, 10, unknown)).toBe(512);
    expect(efForTarget(0.95, 1, unknown)).toBe(512);
    expect(efForTarget(0.95, 40, unknown)).toBe(1_024);
    expect(efForTarget(0.99, 10, unknown)).toBeUndefined();
    expect(efForTarget(1, 10, unknown)).toBeUndefined();
  });
});
