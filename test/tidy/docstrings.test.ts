import { describe, expect, test } from "vitest";
import { checkDocstrings } from "./docstrings.js";
import { handwrittenFiles, isTestFile } from "./tree.js";
import { describeViolations } from "./violation.js";

const check = (text: string): string[] =>
  checkDocstrings({ path: "a.ts", text }).map(({ line, message }) => `${line} ${message}`);

describe("docstrings", () => {
  test.each([
    ["a documented function", "/** Adds. */\nexport function add() {}"],
    ["what is not exported", "function add() {}\nconst b = 1;"],
    ["a re-export", `export { add } from "./add.js";\nexport * from "./b.js";`],
    [
      "a run of numeric constants under one comment",
      "// Offsets, bytes.\nexport const A = 0;\nexport const B = 4;\n/** Links. */\nexport const C = 8;",
    ],
    [
      "overloads after a documented one",
      "/** Adds. */\nexport function add(a: 1): 1;\nexport function add(a: 2): 2;\nexport function add(a: any) {}",
    ],
  ])("lets pass: %s", (_, text) => {
    expect(check(text)).toEqual([]);
  });

  test.each([
    ["a function", "\nexport function add() {}", "2 the export add has no docstring"],
    ["a line comment in its place", "// Adds.\nexport const add = () => 1;", "2 the export add has no docstring"],
    [
      "a numeric constant after a gap",
      "/** A. */\nexport const A = 0;\n\nexport const B = 4;",
      "4 the export B has no docstring",
    ],
    ["an interface", "export interface A {}", "1 the export A has no docstring"],
    ["a class", "export class A {}", "1 the export A has no docstring"],
    ["a type", "export type A = 1;", "1 the export A has no docstring"],
  ])("stops: %s", (_, text, expected) => {
    expect(check(text)).toEqual([expected]);
  });

  test("every export of every package has one", () => {
    const files = handwrittenFiles(".ts", ".tsx").filter(
      ({ path }) => path.startsWith("packages/") && path.includes("/src/") && !isTestFile(path),
    );
    expect(describeViolations(files.flatMap(checkDocstrings))).toEqual([]);
  });
});
