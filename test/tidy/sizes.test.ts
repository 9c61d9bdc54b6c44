import { describe, expect, test } from "vitest";
import { SIZE_EXCEPTIONS } from "./exceptions.js";
import { checkSizes, FILE_LINES_MAX, FUNCTION_LINES_MAX, functionsOf } from "./sizes.js";
import { handwrittenFiles } from "./tree.js";
import { describeViolations } from "./violation.js";

const lines = (count: number): string => "// x\n".repeat(count);
const functionOf = (count: number): string => `export function long() {\n${lines(count - 2)}}\n`;
const check = (path: string, text: string): string[] =>
  checkSizes([{ path, text }], []).map(({ line, message }) => `${line} ${message}`);

describe("sizes", () => {
  test("a file of the largest size passes, one line more fails", () => {
    expect(check("a.ts", lines(FILE_LINES_MAX))).toEqual([]);
    expect(check("a.py", lines(FILE_LINES_MAX + 1))).toEqual(["401 has 401 lines; 400 are allowed"]);
  });

  test("a function of the largest size passes, one line more fails", () => {
    expect(check("a.ts", functionOf(FUNCTION_LINES_MAX))).toEqual([]);
    expect(check("a.ts", `\n${functionOf(FUNCTION_LINES_MAX + 1)}`)).toEqual([
      "2 function long has 71 lines; 70 are allowed",
    ]);
  });

  test("the functions of a test are free, its file is not", () => {
    expect(check("a.test.ts", functionOf(200))).toEqual([]);
    expect(check("a.test.ts", lines(401))).toHaveLength(1);
  });

  test("methods, arrows and constructors are measured by name", () => {
    const text =
      "class A {\n  constructor() {\n  }\n  get b() { return 1; }\n}\nconst c = () => {\n};\nconst d = { e: function () {} };\n";
    expect(functionsOf({ path: "a.ts", text }).map(({ name, lines: size }) => [name, size])).toEqual([
      ["constructor", 2],
      ["b", 1],
      ["c", 2],
      ["e", 1],
    ]);
  });

  test("an exception excuses, and fails once nothing needs it", () => {
    const files = [{ path: "a.ts", text: functionOf(90) }];
    const exception = { file: "a.ts", functionName: "long", reason: "test" };
    expect(checkSizes(files, [exception])).toEqual([]);
    expect(checkSizes([], [exception])).toHaveLength(1);
  });

  test("this repository keeps to them", () => {
    const files = handwrittenFiles(".ts", ".tsx", ".mjs", ".js", ".py", ".go", ".css");
    expect(describeViolations(checkSizes(files, SIZE_EXCEPTIONS))).toEqual([]);
  });
});
