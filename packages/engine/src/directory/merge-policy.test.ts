import { describe, expect, it } from "vitest";
import type { Segment } from "../segment/segment.js";
import { dueMerges, mergeGroups } from "./merge-policy.js";

/** A segment of a name with so many slots of a capacity of 10,000, some dead for good, some soft-deleted. */
function segment(name: string, count: number, deadCount = 0, softCount = 0, dimension = 4): Segment {
  const liveCount = count - deadCount - softCount;
  return { name, count, deadCount, softCount, liveCount, dimension, capacity: 10_000 } as unknown as Segment;
}

const namesOf = (groups: readonly (readonly Segment[])[]) =>
  groups.map((group) => group.map((one) => (one as unknown as { name: string }).name).join("+"));

describe("segments", () => {
  it.each<[string, Segment[], string[]]>([
    ["of an empty namespace", [], []],
    ["that fill nine tenths of one together", [segment("a", 5_000), segment("b", 4_000)], ["a+b"]],
    ["that fill more", [segment("a", 5_000), segment("b", 4_001)], ["a", "b"]],
    ["whose dead slots make room", [segment("a", 10_000, 5_000), segment("b", 4_000)], ["a+b"]],
    ["whose soft-deleted records are kept", [segment("a", 10_000, 0, 5_000), segment("b", 4_000)], ["a", "b"]],
    [
      "in their order, as many as fit",
      [segment("a", 9_000), segment("b", 3_000), segment("c", 3_000), segment("d", 3_000), segment("e", 1)],
      ["a", "b+c+d", "e"],
    ],
    [
      "with and without vectors apart, past each other",
      [segment("a", 100), segment("t", 100, 0, 0, 0), segment("b", 100), segment("u", 100, 0, 0, 0)],
      ["a+b", "t+u"],
    ],
  ])("%s are joined so", (_, segments, groups) => {
    expect(namesOf(mergeGroups(segments))).toEqual(groups);
  });

  it.each<[string, Segment[], string[]]>([
    ["with 15 % dead", [segment("a", 10_000, 1_500)], []],
    ["with more than 15 % dead", [segment("a", 10_000, 1_501)], ["a"]],
    ["that are small, whatever is dead", [segment("a", 999, 900)], []],
    ["that are just large enough", [segment("a", 1_000, 151)], ["a"]],
    [
      "of which only one has much dead, and which do not fit together",
      [segment("a", 9_000), segment("b", 9_000, 4_000)],
      ["b"],
    ],
    ["that fit into one", [segment("a", 10_000, 1_400), segment("b", 300)], ["a+b"]],
    ["that fit into one, small as they are", [segment("a", 600), segment("b", 300)], []],
  ])("%s are merged by themselves: %#", (_, segments, due) => {
    expect(namesOf(dueMerges(segments))).toEqual(due);
  });
});
