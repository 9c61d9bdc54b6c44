import { describe, expect, it } from "vitest";
import { createSampler, type SamplerName } from "./sampler.js";

const LOW = `${"f".repeat(20)}${"0".repeat(12)}`;
const HIGH = `${"0".repeat(20)}${"f".repeat(12)}`;
const parent = (isSampled: boolean) => ({ traceId: LOW, spanId: "1".repeat(16), isSampled });

describe("a sampler", () => {
  it.each<[SamplerName, boolean, boolean, boolean]>([
    ["always_on", true, true, true],
    ["always_off", false, false, false],
    ["parentbased_always_on", true, true, false],
    ["parentbased_always_off", false, true, false],
  ])("%s keeps a root: %s, below a kept parent: %s, below another: %s", (name, root, kept, left) => {
    const sample = createSampler(name, 1);
    expect([sample(HIGH, undefined), sample(HIGH, parent(true)), sample(HIGH, parent(false))]).toEqual([
      root,
      kept,
      left,
    ]);
  });

  it("of a ratio keeps the traces whose last bits are low, whoever asks", () => {
    const half = createSampler("traceidratio", 0.5);
    expect([half(LOW, undefined), half(HIGH, undefined)]).toEqual([true, false]);
    expect([half(LOW, parent(false)), half(HIGH, parent(true))]).toEqual([true, false]);
    const below = createSampler("parentbased_traceidratio", 0.5);
    expect([below(LOW, parent(false)), below(HIGH, parent(true)), below(LOW, undefined)]).toEqual([false, true, true]);
  });

  it("keeps none at 0 and all at 1", () => {
    expect(createSampler("traceidratio", 0)(LOW, undefined)).toBe(false);
    expect(createSampler("traceidratio", 1)(HIGH, undefined)).toBe(true);
  });
});
