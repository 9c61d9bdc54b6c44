import { describe, expect, test } from "vitest";
import { checkImportTable, type ImportTable } from "./import-table.js";
import { importsOf } from "./imports.js";

const TABLE: ImportTable = {
  folder: "packages/p",
  lines: [["index"], ["top/"], ["left/", "right/"], ["left/deep/"], ["disk/", "model/"]],
  exceptions: [{ from: "model/", to: "disk/env", typeOnly: true, reason: "test" }],
  packages: [{ name: "@scope/lib", rooms: ["left/"] }],
  node: { statically: ["disk/node-env*"], dynamically: ["left/"] },
};

function check(path: string, text: string): string[] {
  return checkImportTable(TABLE, [{ path: `packages/p/src/${path}`, text }]).map(
    ({ line, message }) => `${line} ${message}`,
  );
}

describe("the import table", () => {
  test.each([
    ["a lower line", "top/a.ts", `import { b } from "../left/b.js";`],
    ["its own room", "left/a.ts", `import { b } from "./b.js";`],
    ["a room set below another by a longer name", "left/a.ts", `import { b } from "./deep/b.js";`],
    [
      "a type against the lines, where an exception says so",
      "model/a.ts",
      `import type { Env } from "../disk/env.js";`,
    ],
    ["a package in the room that may", "left/a.ts", `import { x } from "@scope/lib/sub";`],
    ["node in the file that may", "disk/node-env.ts", `import fs from "node:fs";`],
    ["node in a file that begins so", "disk/node-env-lock.ts", `import fs from "node:fs";`],
    ["node dynamically in the room that may", "left/a.ts", `const w = await import("node:worker_threads");`],
    ["anything of its package, from a test", "left/a.test.ts", `import { b } from "../top/b.js"; import "vitest";`],
  ])("lets pass: %s", (_, path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  test.each([
    ["a higher line", "left/a.ts", `\nimport { b } from "../top/b.js";`, "2 left/ imports top/b.js, above it"],
    ["a neighbor", "left/a.ts", `import { b } from "../right/b.js";`, "1 left/ imports right/b.js, its neighbor"],
    ["the room around it", "left/deep/a.ts", `export * from "../b.js";`, "1 left/deep/ imports left/b.js, above it"],
    [
      "a value where the exception is for types",
      "model/a.ts",
      `import { e } from "../disk/env.js";`,
      "1 model/ imports disk/env.js, its neighbor",
    ],
    [
      "a type in a type expression",
      "left/a.ts",
      `type T = import("../top/b.js").B;`,
      "1 left/ imports top/b.js, above it",
    ],
    [
      "a room that is in no line",
      "left/a.ts",
      `import { b } from "../new/b.js";`,
      "1 new/b stands in no line of the import table",
    ],
    [
      "another package by its path",
      "left/a.ts",
      `import { b } from "../../../q/src/b.js";`,
      "1 imports ../../../q/src/b.js, outside its package",
    ],
    [
      "a package in a room that may not",
      "right/a.ts",
      `import { x } from "@scope/lib";`,
      "1 imports @scope/lib, which only left/ may",
    ],
    ["a package that nobody may", "left/a.ts", `import x from "left-pad";`, "1 imports the package left-pad"],
    ["node elsewhere", "top/a.ts", `const fs = await import("node:fs");`, "1 imports node:fs"],
    ["node statically where only dynamic is allowed", "left/a.ts", `import fs from "node:fs";`, "1 imports node:fs"],
  ])("stops: %s", (_, path, text, expected) => {
    expect(check(path, text)).toEqual([expected]);
  });
});

test("imports are found with their line and kind, also over several lines", () => {
  const text = `import type { A } from "./a.js";\nimport {\n  type B,\n} from "./b.js";\nimport { type C, d } from "./c.js";\nconst e = import("./e.js");\n`;
  expect(importsOf({ path: "x.ts", text })).toEqual([
    { specifier: "./a.js", line: 1, typeOnly: true, dynamic: false },
    { specifier: "./b.js", line: 4, typeOnly: true, dynamic: false },
    { specifier: "./c.js", line: 5, typeOnly: false, dynamic: false },
    { specifier: "./e.js", line: 6, typeOnly: false, dynamic: true },
  ]);
});
