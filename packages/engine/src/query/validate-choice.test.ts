import { describe, expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import type { QueryRequest } from "../model/query.js";
import { validateDiversity, validateGrouping } from "./validate-choice.js";

/** The reason of the error, or what came back. */
function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof VecstoreError)) throw error;
    return error.reason;
  }
}

describe("groups", () => {
  const cases: [request: object, wanted: number, outcome: unknown][] = [
    [{}, 10, undefined],
    [{ groupBy: "a" }, 10, { path: ["a"], size: 1 }],
    [{ groupBy: "a.b c.d" }, 10, { path: ["a", "b c", "d"], size: 1 }],
    [{ groupBy: "a.`b.c`" }, 10, { path: ["a", "b.c"], size: 1 }],
    [{ groupBy: "é", groupSize: 100 }, 100, { path: ["é"], size: 100 }],
    [{ groupBy: "a", groupSize: 100 }, 101, "LIMIT_OUT_OF_RANGE"],
    [{ groupBy: "a", groupSize: 101 }, 1, "LIMIT_OUT_OF_RANGE"],
    [{ groupBy: "a", groupSize: 0 }, 1, "LIMIT_OUT_OF_RANGE"],
    [{ groupBy: "a" }, 10_000, { path: ["a"], size: 1 }],
    [{ groupSize: 2 }, 1, "INVALID_ARGUMENT"],
    [{ groupBy: "" }, 1, "INVALID_ARGUMENT"],
    [{ groupBy: "a..b" }, 1, "INVALID_ARGUMENT"],
    [{ groupBy: "`a" }, 1, "INVALID_ARGUMENT"],
    [{ groupBy: "x".repeat(8 * 1024) }, 1, { path: ["x".repeat(8 * 1024)], size: 1 }],
    [{ groupBy: "x".repeat(8 * 1024 + 1) }, 1, "INVALID_ARGUMENT"],
    [{ groupBy: 7 }, 1, "INVALID_ARGUMENT"],
  ];
  it.each(cases)("%j for %i: %j", (request, wanted, expected) => {
    expect(outcome(() => validateGrouping(request as QueryRequest, wanted))).toEqual(expected);
  });
});

describe("diversity", () => {
  const cases: [diversity: unknown, wanted: number, outcome: unknown][] = [
    [undefined, 10_000, undefined],
    [{}, 10, { lambda: 0.5, candidates: 50 }],
    [{}, 100, { lambda: 0.5, candidates: 500 }],
    [{}, 1_000, { lambda: 0.5, candidates: 1_000 }],
    [{}, 1_001, "LIMIT_OUT_OF_RANGE"],
    [{ lambda: 0, candidates: 10 }, 10, { lambda: 0, candidates: 10 }],
    [{ lambda: 1, candidates: 1_000 }, 10, { lambda: 1, candidates: 1_000 }],
    [{ candidates: 9 }, 10, "LIMIT_OUT_OF_RANGE"],
    [{ candidates: 1_001 }, 10, "LIMIT_OUT_OF_RANGE"],
    [{ lambda: -0.1 }, 10, "INVALID_ARGUMENT"],
    [{ lambda: 1.1 }, 10, "INVALID_ARGUMENT"],
    [{ lambda: Number.NaN }, 10, "INVALID_ARGUMENT"],
    [{ lambda: "0.5" }, 10, "INVALID_ARGUMENT"],
    [null, 10, "INVALID_ARGUMENT"],
    [0.5, 10, "INVALID_ARGUMENT"],
  ];
  it.each(cases)("%j for %i: %j", (diversity, wanted, expected) => {
    expect(outcome(() => validateDiversity({ diversity } as QueryRequest, wanted))).toEqual(expected);
  });

  it("does not go with groups", () => {
    expect(outcome(() => validateDiversity({ diversity: {}, groupBy: "a" }, 10))).toBe("INVALID_ARGUMENT");
  });
});
