import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.js";
import type { Filter } from "../model/filter.js";
import { filterFromJson } from "./json.js";
import { parseFilter } from "./parser.js";
import { validateFilter } from "./validate.js";

const page = readFileSync(new URL("../../../../docs/filters.md", import.meta.url), "utf8");

/** Texts of the fenced blocks with this info string, in order. */
function blocks(info: string): string[] {
  return [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === info)
    .map((match) => match[2] ?? "");
}

describe("docs/filters.md", () => {
  const examples = blocks("filter").map((text, i) => [text, blocks("json form")[i], blocks("json tree")[i]] as const);

  it("has examples in three forms", () => {
    expect(examples.length).toBeGreaterThan(3);
    expect(blocks("json form")).toHaveLength(examples.length);
    expect(blocks("json tree")).toHaveLength(examples.length);
  });

  it.each(examples)("means the same in each form of %j", (text, form, tree) => {
    const filter = parseFilter(text);
    expect(filterFromJson(JSON.parse(form ?? ""))).toEqual(filter);
    expect(validateFilter(JSON.parse(tree ?? "") as Filter)).toEqual(filter);
  });

  it("shows an error as it is", () => {
    expect(() => parseFilter("a = 1 AND ( ) OR b = 2")).toThrow(blocks("text")[0]?.trimEnd());
  });

  it("states the limits as they are", () => {
    for (const limit of [LIMITS.filterBytesMax, LIMITS.filterDepthMax, LIMITS.filterTermsMax]) {
      expect(page).toContain(`| ${limit.toLocaleString("en-US")}`);
    }
  });
});
