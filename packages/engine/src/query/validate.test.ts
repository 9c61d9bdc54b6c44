import { describe, expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { Metric } from "../model/namespace.js";
import type { QueryRequest } from "../model/query.js";
import type { VectorInput } from "../model/record.js";
import { integerIn } from "./integer-in.js";
import { projectionOf, type QueryContext, readFilter, validateQuery, validateVector } from "./validate.js";

const CONTEXT: QueryContext = {
  namespace: "docs",
  metric: "cosine",
  dimension: 2,
  limitMax: 1_000,
  efSearch: undefined,
};

/** The reason of the error, or "ok". */
function reasonOf(run: () => unknown): string {
  try {
    run();
    return "ok";
  } catch (error) {
    if (!(error instanceof VecstoreError)) throw error;
    return error.reason;
  }
}

describe("a vector", () => {
  const cases: [name: string, input: unknown, metric: Metric, reason: string][] = [
    ["f32", Float32Array.of(1, 2), "cosine", "ok"],
    ["numbers", [1, 2], "cosine", "ok"],
    ["one dimension too few", [1], "cosine", "DIMENSION_MISMATCH"],
    ["one too many", [1, 2, 3], "cosine", "DIMENSION_MISMATCH"],
    ["none", [], "cosine", "DIMENSION_OUT_OF_RANGE"],
    ["NaN", [1, Number.NaN], "dot", "INVALID_VECTOR"],
    ["NaN as f32", Float32Array.of(Number.NaN, 1), "dot", "INVALID_VECTOR"],
    ["infinity", [Number.POSITIVE_INFINITY, 1], "dot", "INVALID_VECTOR"],
    ["beyond f32", [1e39, 1], "dot", "INVALID_VECTOR"],
    ["a string", ["1", 2], "dot", "INVALID_VECTOR"],
    ["null", [null, 2], "dot", "INVALID_VECTOR"],
    ["a hole", Array(2), "dot", "INVALID_VECTOR"],
    ["a string of numbers", "12", "dot", "INVALID_VECTOR"],
    ["f64", Float64Array.of(1, 2), "dot", "INVALID_VECTOR"],
    ["an object", { length: 2, 0: 1, 1: 2 }, "dot", "INVALID_VECTOR"],
    ["zero under cosine", [0, -0], "cosine", "ZERO_VECTOR"],
    ["zero under dot", [0, -0], "dot", "ok"],
    ["zero under euclidean", [0, 0], "euclidean", "ok"],
    ["zero once it is f32", [1e-46, 0], "cosine", "ZERO_VECTOR"],
    ["too short to normalize", [9.9e-19, 0], "cosine", "ZERO_VECTOR"],
    ["just long enough", [1.01e-18, 0], "cosine", "ok"],
    ["denormals under dot", [1e-45, 0], "dot", "ok"],
    ["just short enough", [8.9e18, 0], "euclidean", "ok"],
    ["too long", [9e18, 0], "euclidean", "INVALID_VECTOR"],
    ["too long together", [7e18, 7e18], "cosine", "INVALID_VECTOR"],
  ];
  for (const [name, input, metric, reason] of cases) {
    it(`${name}: ${reason}`, () => {
      expect(reasonOf(() => validateVector(input as VectorInput, "vector", { ...CONTEXT, metric }))).toBe(reason);
    });
  }

  it("has 1 to 65,535 dimensions where none is fixed", () => {
    const open = { ...CONTEXT, dimension: 0 };
    const reason = (length: number) => reasonOf(() => validateVector(new Float32Array(length).fill(1), "vector", open));
    expect([0, 1, LIMITS.dimensionMax, LIMITS.dimensionMax + 1].map(reason)).toEqual([
      "DIMENSION_OUT_OF_RANGE",
      "ok",
      "ok",
      "DIMENSION_OUT_OF_RANGE",
    ]);
  });

  it("is copied, so that its buffer may be used again", () => {
    const buffer = Float32Array.of(1, 2);
    const checked = validateVector(buffer, "vector", CONTEXT);
    buffer.fill(9);
    expect([...checked]).toEqual([1, 2]);
  });
});

describe("a query", () => {
  const validate = (request: object, context: Partial<QueryContext> = {}) =>
    validateQuery({ vector: [1, 2], ...request } as QueryRequest, { ...CONTEXT, ...context });

  const cases: [request: object, reason: string][] = [
    [{}, "ok"],
    [{ vector: undefined }, "MISSING_QUERY"],
    [{ vector: null }, "MISSING_QUERY"],
    [{ id: "a" }, "INVALID_ARGUMENT"],
    [{ text: "a", vector: undefined }, "ok"],
    [{ text: "", vector: undefined }, "ok"],
    [{ text: "a", id: "a", vector: undefined }, "ok"],
    [{ text: 7 }, "INVALID_ARGUMENT"],
    [{ text: "\ud800" }, "INVALID_ARGUMENT"],
    [{ text: "x".repeat(LIMITS.textBytesMax) }, "ok"],
    [{ text: "x".repeat(LIMITS.textBytesMax + 1) }, "TEXT_TOO_LARGE"],
    [{ sparse: { indices: [1], values: [2] }, vector: undefined }, "ok"],
    [{ sparse: { indices: [1], values: [0] } }, "INVALID_VECTOR"],
    [{ sparse: 7 }, "INVALID_VECTOR"],
    [{ fusion: {} }, "INVALID_ARGUMENT"],
    [{ text: "a", fusion: { method: "max" } }, "INVALID_ARGUMENT"],
    [{ text: "a", diversity: {} }, "INVALID_ARGUMENT"],
    [{ text: "a", groupBy: "kind" }, "ok"],
    [{ id: "a", vector: undefined }, "ok"],
    [{ id: "", vector: undefined }, "INVALID_ID"],
    [{ id: "a".repeat(513), vector: undefined }, "INVALID_ID"],
    [{ id: 7, vector: undefined }, "INVALID_ID"],
    [{ limit: 0 }, "LIMIT_OUT_OF_RANGE"],
    [{ limit: 1 }, "ok"],
    [{ limit: 1_000 }, "ok"],
    [{ limit: 1_001 }, "LIMIT_OUT_OF_RANGE"],
    [{ limit: 1.5 }, "LIMIT_OUT_OF_RANGE"],
    [{ limit: Number.NaN }, "LIMIT_OUT_OF_RANGE"],
    [{ limit: "5" }, "LIMIT_OUT_OF_RANGE"],
    [{ offset: -1 }, "LIMIT_OUT_OF_RANGE"],
    [{ offset: 9_990 }, "ok"],
    [{ offset: 9_991 }, "LIMIT_OUT_OF_RANGE"],
    [{ offset: 9_000, limit: 1_000 }, "ok"],
    [{ offset: 9_001, limit: 1_000 }, "LIMIT_OUT_OF_RANGE"],
    [{ efSearch: 0 }, "LIMIT_OUT_OF_RANGE"],
    [{ efSearch: 1 }, "ok"],
    [{ efSearch: 2_048 }, "ok"],
    [{ efSearch: 2_049 }, "LIMIT_OUT_OF_RANGE"],
    [{ scoreThreshold: Number.NaN }, "INVALID_ARGUMENT"],
    [{ scoreThreshold: Number.NEGATIVE_INFINITY }, "INVALID_ARGUMENT"],
    [{ scoreThreshold: -5 }, "ok"],
    [{ filter: "" }, "INVALID_FILTER"],
    [{ filter: "a = " }, "INVALID_FILTER"],
    [{ filter: { kind: "nonsense" } }, "INVALID_FILTER"],
    [{ filter: { kind: "exists", path: ["a"] } }, "ok"],
  ];
  for (const [request, reason] of cases) {
    it(`${JSON.stringify(request)}: ${reason}`, () => {
      expect(reasonOf(() => validate(request))).toBe(reason);
    });
  }

  it("has defaults", () => {
    expect(validate({})).toEqual({
      dense: { vector: Float32Array.of(1, 2) },
      fusion: { method: "reciprocal_rank", rankConstant: 60, alpha: 0.7, candidates: undefined },
      limit: 10,
      offset: 0,
      ef: 64,
      exact: false,
      scoreThreshold: undefined,
      predicate: undefined,
      explain: false,
      projection: { includeMetadata: true, includeVector: false, includeText: false },
    });
  });

  it("searches with at least as many candidates as it wants results, and at most 2,048", () => {
    const efOf = (request: object, context = {}) => validate(request, context).ef;
    expect(efOf({ limit: 100 })).toBe(200);
    expect(efOf({ limit: 100, offset: 150 })).toBe(250);
    expect(efOf({ efSearch: 5 })).toBe(10);
    expect(efOf({ efSearch: 300 }, { efSearch: 100 })).toBe(300);
    expect(efOf({}, { efSearch: 100 })).toBe(100);
    expect(efOf({ limit: 1_000, offset: 9_000 })).toBe(2_048);
  });
});

describe("small checks", () => {
  it("say field, value and bounds", () => {
    expect(() => integerIn("limit", 7, 1, 5)).toThrow(
      expect.objectContaining({ details: { field: "limit", got: "7", min: "1", max: "5" } }),
    );
  });

  it("leave a missing filter out", () => {
    expect(readFilter(undefined)).toBeUndefined();
    expect(readFilter("a = 1")).toEqual({ kind: "compare", path: ["a"], operator: "=", value: 1 });
    expect(projectionOf({ includeVector: true, includeMetadata: false })).toEqual({
      includeMetadata: false,
      includeVector: true,
      includeText: false,
    });
  });
});
