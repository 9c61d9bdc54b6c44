import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Reference, source, WRITE_MS } from "./write-reference.js";

const PACKAGE = "clients/python/src/vecstore";

const read = (path: string): string => readFileSync(source(path), "utf8");

/** What a match of `pattern` captures, for each. */
const captures = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name]) => name!);

describe("the reference of Python", () => {
  let reference: Reference;
  let page: string;
  beforeAll(() => {
    reference = new Reference("python");
    page = readFileSync(join(reference.folder, "index.html"), "utf8");
  }, WRITE_MS);
  afterAll(() => reference?.remove());

  /** Whether a name is there, and described before the next one is. */
  const isDescribed = (name: string): boolean => {
    const [, behind] = page.split(new RegExp(`<(?:section|div) id="${name}"`));
    const own = behind?.split(/<(?:section|div) id="/)[0] ?? "";
    return /<div class="docstring">\s*<p>\s*\S/.test(own);
  };

  it("describes each public name of the package", () => {
    const all = /__all__ = \[(.*?)\]/s.exec(read(`${PACKAGE}/__init__.py`))![1]!;
    const names = captures(all, /"(\w+)"/g);
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !isDescribed(name))).toEqual([]);
  });

  it.each([
    ["NamespaceHandle", ["reads", "writes", "queries", "upkeep"], 15],
    ["VecStoreClient", ["admin", "client"], 10],
  ])("describes each method of %s, wherever it is defined", (owner, modules, countMin) => {
    const text = modules.map((module) => read(`${PACKAGE}/_sync/${module}.py`)).join("\n");
    const names = captures(text, /^ {4}def ([a-z]\w*)\(/gm);
    expect(names.length).toBeGreaterThan(countMin);
    for (const prefix of [owner, `Async${owner}`])
      expect(names.map((name) => `${prefix}.${name}`).filter((name) => !isDescribed(name))).toEqual([]);
  });
});
