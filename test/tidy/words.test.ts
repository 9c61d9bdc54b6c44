import { describe, expect, test } from "vitest";
import { handwrittenFiles } from "./tree.js";
import { describeViolations } from "./violation.js";
import { checkWords, WORD_RULES } from "./words.js";

const check = (path: string, text: string): string[] =>
  checkWords([{ path, text }], WORD_RULES).map(({ line, message }) => `${line} ${message}`);

// Put together here, so that this file does not break the rules that it tests.
const join = (...parts: string[]): string => parts.join("");

describe("words", () => {
  test.each([
    ["a conditional skip", "a.test.ts", "test.skipIf(true)('x', f);"],
    ["a public address", "a.md", "see https://example.com and http://localhost:8080 and http://127.0.0.1/"],
    ["a domain that begins like a private one", "a.md", "https://docs.localstack.dev/"],
    ["an environment variable outside the engine", "packages/server/src/config.ts", "process.env.PORT"],
    [
      "a lock file of the public registry",
      "package-lock.json",
      `"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"`,
    ],
    ["a relative path with such a name", "a.md", "src/home/page/index.html"],
  ])("let pass: %s", (_, path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  test.each([
    ["a note to self", "a.ts", join("\n// TO", "DO later"), join("2 leaves a note to self: TO", "DO")],
    [
      "a test that runs alone",
      "a.test.ts",
      join("test", ".only('x')"),
      join("1 narrows or skips tests: test", ".only"),
    ],
    [
      "a log line in the engine",
      "packages/engine/src/a.ts",
      "console.log(1)",
      "1 makes the engine log or read the environment: console.log(",
    ],
    [
      "a private name",
      "a.yaml",
      join("https://registry.corp", ".internal/npm"),
      join("1 names a private host: https://registry.corp", ".internal"),
    ],
    [
      "a home folder",
      "a.md",
      join("cd /ho", "me/jane/src"),
      join("1 names a folder of somebody's machine: /ho", "me/jane/"),
    ],
    [
      "a lock file of another registry",
      "package-lock.json",
      `"resolved": "https://npm.example.com/a.tgz"`,
      `1 locks a package to a private address: "resolved": "https://`,
    ],
  ])("stop: %s", (_, path, text, expected) => {
    expect(check(path, text)).toEqual([expected]);
  });

  test("this repository keeps to them", () => {
    const files = handwrittenFiles(
      ".ts",
      ".tsx",
      ".mjs",
      ".js",
      ".py",
      ".go",
      ".proto",
      ".sh",
      ".css",
      ".html",
      ".md",
      ".json",
      ".yaml",
      ".yml",
      ".toml",
      ".npmrc",
      "run",
    );
    const others = files.filter(({ path }) => !path.startsWith("test/tidy/words"));
    expect(describeViolations(checkWords(others, WORD_RULES))).toEqual([]);
  });
});
