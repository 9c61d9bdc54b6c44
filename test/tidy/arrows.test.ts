import { describe, expect, test } from "vitest";
import { checkImportTable } from "./import-table.js";
import { importsOf } from "./imports.js";
import { CLIENT, ENGINE, SERVER } from "./tables.js";
import { handwrittenFiles, type SourceFile } from "./tree.js";
import { describeViolations, type Violation } from "./violation.js";

const files = handwrittenFiles(".ts", ".tsx", ".mjs", ".js");

describe.each([ENGINE, SERVER, CLIENT])("the import table of $folder", (table) => {
  test("is kept", () => {
    expect(describeViolations(checkImportTable(table, files))).toEqual([]);
  });
});

/** What lives outside the packages reaches them by name only. */
function checkPublicDoors(outside: readonly SourceFile[]): Violation[] {
  return outside.flatMap((file) =>
    importsOf(file)
      .filter(({ specifier }) => /packages\/|@vecstore\/[\w-]+\/(src|dist)/.test(specifier))
      .map(({ specifier, line }) => ({
        file: file.path,
        line,
        message: `imports ${specifier}`,
        fix: "import the package by its name, through a public door",
      })),
  );
}

describe("public doors", () => {
  test("a path into a package is stopped", () => {
    const text = `import "../../packages/engine/src/vecstore.js";\nimport "@vecstore/engine/dist/x.js";\nimport "@vecstore/engine/testing";`;
    expect(checkPublicDoors([{ path: "test/x.test.ts", text }]).map(({ line }) => line)).toEqual([1, 2]);
  });

  test("tests and the demo use no others", () => {
    const outside = files.filter(({ path }) => path.startsWith("test/") || path.startsWith("demo/"));
    expect(describeViolations(checkPublicDoors(outside))).toEqual([]);
  });
});

/** Files that a page loads: what the start reaches through static imports of the package itself. */
function reachable(start: string, all: readonly SourceFile[]): SourceFile[] {
  const byPath = new Map(all.map((file) => [file.path, file]));
  const seen = new Map<string, SourceFile>();
  const visit = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined || seen.has(path)) return;
    seen.set(path, file);
    for (const { specifier, typeOnly, dynamic } of importsOf(file)) {
      if (specifier.startsWith(".") && !typeOnly && !dynamic) {
        visit(new URL(specifier, `file:///${path}`).pathname.slice(1).replace(/\.js$/, ".ts"));
      }
    }
  };
  visit(start);
  return [...seen.values()];
}

function checkBrowserDoor(start: string, all: readonly SourceFile[]): Violation[] {
  return reachable(start, all).flatMap((file) =>
    importsOf(file)
      .filter(({ specifier, typeOnly, dynamic }) => !typeOnly && !dynamic && /^node:|connect-node$/.test(specifier))
      .map(({ specifier, line }) => ({
        file: file.path,
        line,
        message: `imports ${specifier}, and ${start} reaches it`,
        fix: "pass it in from the door for Node",
      })),
  );
}

describe("the doors for browsers", () => {
  test("a module of Node behind one is found", () => {
    const all = [
      { path: "p/browser.ts", text: `export * from "./a.js";` },
      { path: "p/a.ts", text: `import type { B } from "./b.js";\nimport "./c.js";` },
      { path: "p/b.ts", text: `import "node:fs";` },
      { path: "p/c.ts", text: `import "node:os";` },
    ];
    expect(checkBrowserDoor("p/browser.ts", all).map(({ file }) => file)).toEqual(["p/c.ts"]);
  });

  test.each(["packages/engine/src/browser.ts", "packages/client-js/src/browser.ts"])(
    "%s reaches no module of Node",
    (start) => {
      expect(describeViolations(checkBrowserDoor(start, files))).toEqual([]);
    },
  );
});
