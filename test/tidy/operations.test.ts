import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkDocumented, namesIn } from "./operations.js";
import { REPOSITORY, type SourceFile } from "./tree.js";
import { describeViolations } from "./violation.js";

const read = (path: string): SourceFile => ({ path, text: readFileSync(`${REPOSITORY}${path}`, "utf8") });

describe("what operators meet", () => {
  test("a name that the page does not show as code is found", () => {
    const source = {
      path: "a.ts",
      text: 'x = { name: "vecstore_a" };\ny = { name: "vecstore_b" };\nz = { name: "vecstore_c_total" };',
    };
    const page = {
      path: "docs/p.md",
      text: "```sh\n$ x\n```\nan odd ` and\n`vecstore_a{code}` and vecstore_b and `vecstore_c`",
    };
    const names = namesIn(source, /name: "(vecstore_\w+)"/g);
    expect(describeViolations(checkDocumented(names, page))).toEqual([
      "a.ts:2 vecstore_b is not in docs/p.md. Fix: describe `vecstore_b` there.",
      "a.ts:3 vecstore_c_total is not in docs/p.md. Fix: describe `vecstore_c_total` there.",
    ]);
  });

  test("a source without any name is an error, not a pass", () => {
    expect(() => namesIn({ path: "a.ts", text: "moved" }, /name: "(\w+)"/g)).toThrow(/nothing like/);
  });

  test.each([
    ["setting", "packages/server/src/config/settings.ts", /\bkey: "([\w.]+)"/g],
    ["setting", "packages/server/src/config/connection-settings.ts", /\bkey: "([\w.]+)"/g],
    ["metric", "packages/server/src/observability/metrics.ts", /"(vecstore_\w+)"/g],
    ["error reason", "proto/vecstore/v1/error.proto", /^\s*ERROR_REASON_(?!UNSPECIFIED)(\w+) = /gm],
  ])("docs/operations.md describes every %s", (_, path, pattern) => {
    expect(describeViolations(checkDocumented(namesIn(read(path), pattern), read("docs/operations.md")))).toEqual([]);
  });
});
