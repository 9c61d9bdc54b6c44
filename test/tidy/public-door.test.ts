import { describe, expect, test } from "vitest";
import { checkPublicDoor, checkPublicMembers } from "./public-door.js";
import { handwrittenFiles } from "./tree.js";
import { describeViolations } from "./violation.js";

const DOOR = { path: "src/index.ts", text: `export { A } from "./a.js"; export type { B } from "./b.js";` };
const B = { path: "src/b.ts", text: "export interface B {\n  /** Its size, bytes. */\n  size(): number;\n}" };

const check = (a: string, b = B.text): string[] =>
  checkPublicDoor(DOOR.path, [DOOR, { path: "src/a.ts", text: a }, { ...B, text: b }]).map(
    ({ file, line, message }) => `${file}:${line} ${message.split(":")[0]}`,
  );

describe("the public door", () => {
  test.each([
    ["a documented class", "export class A {\n  /** @throws never. Cost: none. */\n  run() {}\n}"],
    ["what is private", "export class A {\n  #b = 1;\n  private c() {}\n  private constructor() {}\n}"],
    ["what is not exported by the door", "export class A {}\nexport class C { run() {} }"],
    [
      "what an interface documents",
      `import type { B } from "./b.js"; export class A implements B { size() { return 1; } }`,
    ],
    [
      "a documented property and accessor",
      "export class A {\n  /** Bytes. */\n  a = 1;\n  /** Its b. */\n  get b() { return 1; }\n}",
    ],
    ["a method that fails as another does", "export class A {\n  /** Errors as `b`. Cost: as `b`. */\n  run() {}\n}"],
  ])("lets pass: %s", (_, text) => {
    expect(check(text)).toEqual([]);
  });

  test.each([
    ["a method without a docstring", "export class A {\n  run() {}\n}", ["src/a.ts:2 A.run has no docstring"]],
    [
      "a method that does not say enough",
      "export class A {\n  /** Runs. */\n  run() {}\n}",
      ["src/a.ts:3 A.run does not say what it throws", "src/a.ts:3 A.run does not say what it costs"],
    ],
    [
      "a function that does not say its cost",
      "/** @throws never */\nexport function A() {}",
      ["src/a.ts:2 A does not say what it costs"],
    ],
    [
      "a constructor",
      "export class A {\n  constructor(readonly a: 1) {}\n}",
      ["src/a.ts:2 A.constructor has no docstring"],
    ],
  ])("stops: %s", (_, text, expected) => {
    expect(check(text)).toEqual(expected);
  });

  test("stops: a member of an interface, a method or an index", () => {
    const b = "export interface B {\n  size(): number;\n  [name: string]: unknown;\n}";
    expect(check("export class A {}", b)).toEqual([
      "src/b.ts:2 B.size has no docstring",
      "src/b.ts:3 B.[index] has no docstring",
    ]);
  });

  test.each(["index", "browser"])("of the client has a docstring for each member: %s", (door) => {
    const files = handwrittenFiles(".ts").filter(({ path }) => path.startsWith("packages/client-js/src/"));
    const violations = checkPublicMembers(`packages/client-js/src/${door}.ts`, files);
    expect(describeViolations(violations)).toEqual([]);
  });

  test("of the engine is documented whole", () => {
    const files = handwrittenFiles(".ts").filter(({ path }) => path.startsWith("packages/engine/src/"));
    const violations = checkPublicDoor("packages/engine/src/index.ts", files);
    expect(describeViolations(violations)).toEqual([]);
  });
});
