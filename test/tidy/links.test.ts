import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { anchorsOf, checkLinks } from "./links.js";
import { handwrittenFiles, REPOSITORY } from "./tree.js";
import { describeViolations } from "./violation.js";

const OTHER = { path: "docs/other.md", text: "# Top\n## What is `ef`, and why?\n## Top\n" };

function check(text: string): string[] {
  const exists = (path: string): boolean => ["docs/page.md", "docs/other.md", "src", "docs"].includes(path);
  return checkLinks([{ path: "docs/page.md", text }, OTHER], exists).map(({ line, message }) => `${line} ${message}`);
}

describe("links", () => {
  test.each([
    ["a page", "[a](other.md)"],
    ["a folder, with or without a slash", "[a](../src) [b](../src/)"],
    ["a heading of another page", "[a](other.md#what-is-ef-and-why) [b](other.md#top-1)"],
    ["a heading of the page itself", "# Here\n[a](#here)"],
    ["an address", "[a](https://example.com/x#y) [b](mailto:a@example.com)"],
    ["what stands in code", "`[a](gone.md)`\n```md\n[a](gone.md)\n```\n"],
  ])("lets pass: %s", (_, text) => {
    expect(check(text)).toEqual([]);
  });

  test.each([
    ["a page that is not there", "\n[a](gone.md)", "2 the link gone.md leads to no file"],
    ["a heading that is not there", "[a](other.md#gone)", "1 the link other.md#gone leads to no heading of that page"],
    [
      "a heading inside a code block",
      "```sh\n# here\n```\n[a](#here)",
      "4 the link #here leads to no heading of that page",
    ],
    ["an absolute path", "[a](/src)", "1 the link /src is absolute"],
    ["a way out", "[a](../../x)", "1 the link ../../x leaves the repository"],
    ["a link by reference", "[a]: gone.md", "1 the link gone.md leads to no file"],
  ])("stops: %s", (_, text, expected) => {
    expect(check(text)).toEqual([expected]);
  });

  test("anchors are made as the forges make them", () => {
    expect([...anchorsOf("# Where do I change X?\n## `a_b` & c\n## `a_b` & c\n")]).toEqual([
      "where-do-i-change-x",
      "a_b--c",
      "a_b--c-1",
    ]);
  });

  test("no page of this repository has a dead link", () => {
    const pages = handwrittenFiles(".md");
    expect(describeViolations(checkLinks(pages, (path) => existsSync(`${REPOSITORY}${path}`)))).toEqual([]);
  });
});
