import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Reference, source, WRITE_MS } from "./write-reference.js";

/** Names that a file exports, types too. */
function exportsOf(door: string): string[] {
  const { NodeNext } = ts.ModuleKind;
  // Names are followed, types are not checked.
  const options = { module: NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, noLib: true, types: [] };
  const program = ts.createProgram([door], options);
  const module = program.getTypeChecker().getSymbolAtLocation(program.getSourceFile(door)!)!;
  return program
    .getTypeChecker()
    .getExportsOfModule(module)
    .map(({ name }) => name);
}

/** What a page says before it lists members. */
const head = (page: string): string => page.split("tsd-index-group")[0]!;

const DESCRIPTION = /<div class="tsd-comment tsd-typography">\s*<p>\s*\S/;

/** Every page of a name, by the file's name without its end. */
function pagesOf(folder: string): Map<string, string> {
  const kinds = readdirSync(folder).filter((name) => /^(?:classes|functions|interfaces|types|variables)$/.test(name));
  const paths = kinds.flatMap((kind) => readdirSync(join(folder, kind)).map((name) => join(folder, kind, name)));
  return new Map(paths.map((path) => [basename(path, ".html"), readFileSync(path, "utf8")]));
}

describe.each([
  {
    part: "javascript",
    // What the browser's door has of its own comes before what it shares.
    doors: [
      { door: "packages/client-js/src/index.ts", prefixes: ["_vecstore_client."] },
      { door: "packages/client-js/src/browser.ts", prefixes: ["_vecstore_client_browser.", "_vecstore_client."] },
    ],
  },
  { part: "engine", doors: [{ door: "packages/engine/src/index.ts", prefixes: [""] }] },
])("the reference $part", ({ part, doors }) => {
  let reference: Reference;
  let pages: Map<string, string>;
  beforeAll(() => {
    reference = new Reference(part);
    pages = pagesOf(reference.folder);
  }, WRITE_MS);
  afterAll(() => reference?.remove());

  it.each(doors)("describes each export of $door on a page", ({ door, prefixes }) => {
    const names = exportsOf(source(door));
    expect(names.length).toBeGreaterThan(60);
    const keyOf = (name: string) => prefixes.map((prefix) => prefix + name).find((key) => pages.has(key)) ?? "";
    expect(names.filter((name) => !DESCRIPTION.test(head(pages.get(keyOf(name)) ?? "")))).toEqual([]);
  });

  it("has an index", () => {
    expect(readFileSync(join(reference.folder, "index.html"), "utf8")).toContain("<h1>@vecstore/");
  });
});
