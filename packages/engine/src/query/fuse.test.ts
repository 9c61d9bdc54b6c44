import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { fuse, type Way } from "./fuse.js";
import { segmentOf, viewOf } from "./query-fixture.cases.js";
import { type FusionPlan, validateFusion } from "./validate-fusion.js";
import type { View } from "./view.js";

let core: Core;
let view: View;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
  const records = ["c", "b", "a", "e", "d", "f"].map((id) => ({ id, vector: [0, 0] }));
  view = viewOf([segmentOf(core, records.slice(0, 3)), segmentOf(core, records.slice(3))]);
});
afterAll(async () => {
  view.release();
  await core.close();
});

/** A way that found these records, best first; of the text way, with scores from 10 down. */
function way(kind: Way["kind"], ids: string, scores?: readonly number[]): Way {
  const hits = [...ids].map((id, i) => {
    const score = scores?.[i] ?? 10 - i;
    const segment = "cba".includes(id) ? 0 : 1;
    return { segment, slot: "cba".includes(id) ? "cba".indexOf(id) : "edf".indexOf(id), distance: 0 - score };
  });
  return { kind, scale: "score", hits };
}

const PLAN: FusionPlan = { method: "reciprocal_rank", rankConstant: 60, alpha: 0.7, candidates: undefined };

/** "id score" of each result. */
function fused(ways: readonly Way[], plan: Partial<FusionPlan> = {}): string[] {
  return fuse(view, ways, { ...PLAN, ...plan }).map(
    ({ segment, slot, distance }) => `${view.segments[segment]!.segment.idOf(slot)} ${(0 - distance).toFixed(5)}`,
  );
}

describe("fusion by reciprocal rank", () => {
  it("adds up what each list gives, ties by id", () => {
    expect(fused([way("dense", "abc"), way("text", "cad")])).toEqual([
      `a ${(1 / 61 + 1 / 62).toFixed(5)}`,
      `c ${(1 / 61 + 1 / 63).toFixed(5)}`,
      `b ${(1 / 62).toFixed(5)}`,
      `d ${(1 / 63).toFixed(5)}`,
    ]);
    expect(fused([way("dense", "fb"), way("text", "bf")]).map((line) => line[0])).toEqual(["b", "f"]);
  });

  it("weighs the first ranks more where the constant is small", () => {
    const ways = [way("dense", "abc"), way("sparse", "dbc"), way("text", "ebc")];
    expect(fused(ways, { rankConstant: 60 })[0]).toMatch(/^b/);
    expect(fused([way("dense", "abc"), way("text", "dbc")], { rankConstant: 1 })[0]).toMatch(/^b/);
    expect(fused([way("dense", "aefbc"), way("text", "dcefb")], { rankConstant: 1 })[0]).toMatch(/^e/);
  });

  it("of one list that found nothing is the other one", () => {
    expect(fused([way("dense", ""), way("text", "dc")]).map((line) => line[0])).toEqual(["d", "c"]);
    expect(fused([way("dense", ""), way("text", "")])).toEqual([]);
  });
});

describe("weighted fusion", () => {
  const weighted = { method: "weighted", alpha: 0.7 } as const;

  it("scales the scores of each list to 0..1", () => {
    expect(fused([way("dense", "abc", [9, 8, 5]), way("text", "cbd", [3, 2, 1])], weighted)).toEqual([
      "a 0.70000",
      "b 0.67500",
      "c 0.30000",
      "d 0.00000",
    ]);
  });

  it("takes alpha for the dense list, and shares the rest", () => {
    const dense = way("dense", "ab");
    expect(fused([dense, way("text", "cb")], { ...weighted, alpha: 1 })[0]).toBe("a 1.00000");
    expect(fused([dense, way("text", "cb")], { ...weighted, alpha: 0 })[0]).toBe("c 1.00000");
    expect(fused([way("dense", "a"), way("sparse", "b"), way("text", "c")], { ...weighted, alpha: 0.5 })).toEqual([
      "a 0.50000",
      "b 0.25000",
      "c 0.25000",
    ]);
    expect(fused([way("sparse", "b"), way("text", "c")], weighted)).toEqual(["b 0.50000", "c 0.50000"]);
  });

  it("gives all of a list of equal scores the most", () => {
    expect(fused([way("dense", "ab", [4, 4]), way("text", "c")], weighted)).toEqual([
      "a 0.70000",
      "b 0.70000",
      "c 0.30000",
    ]);
  });
});

describe("the parameters of a fusion", () => {
  const check = (fusion: unknown, ways = 2, wanted = 10) => validateFusion({ fusion } as never, ways, wanted);

  it("have defaults", () => {
    expect(check(undefined, 1)).toEqual(PLAN);
    expect(check({})).toEqual(PLAN);
  });

  it.each<[unknown, string]>([
    [{ method: "max" }, "INVALID_ARGUMENT"],
    [{ alpha: -0.1 }, "INVALID_ARGUMENT"],
    [{ alpha: 1.1 }, "INVALID_ARGUMENT"],
    [{ alpha: Number.NaN }, "INVALID_ARGUMENT"],
    [{ rankConstant: 0 }, "LIMIT_OUT_OF_RANGE"],
    [{ rankConstant: 10_001 }, "LIMIT_OUT_OF_RANGE"],
    [{ rankConstant: 1.5 }, "LIMIT_OUT_OF_RANGE"],
    [{ candidates: 9 }, "LIMIT_OUT_OF_RANGE"],
    [{ candidates: 10_001 }, "LIMIT_OUT_OF_RANGE"],
    ["rrf", "INVALID_ARGUMENT"],
    [null, "INVALID_ARGUMENT"],
  ])("%j are refused: %s", (fusion, reason) => {
    expect(() => check(fusion)).toThrow(expect.objectContaining({ reason }));
  });

  it.each([
    { rankConstant: 1 },
    { rankConstant: 10_000 },
    { alpha: 0 },
    { alpha: 1 },
    { candidates: 10 },
    { candidates: 10_000 },
  ])("%j are taken", (fusion) => {
    expect(check(fusion)).toEqual({ ...PLAN, ...fusion });
  });

  it("are refused where there is one search only", () => {
    expect(() => check({}, 1)).toThrow(expect.objectContaining({ reason: "INVALID_ARGUMENT" }));
  });
});
