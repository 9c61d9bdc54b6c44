import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "../tidy/tree.js";
import { parseDockerIgnore } from "./dockerignore.js";

describe("parseDockerIgnore", () => {
  test("lets the last pattern decide that fits a path or a folder above it", () => {
    const { isIgnored } = parseDockerIgnore("# all\n*\n!src\n!a/b.txt\n**/node_modules\nsrc/*/x*.ts\n");
    const ignored = ["other", "a/c.txt", "src/node_modules/deep/file", "node_modules", "src/lib/x1.ts"];
    expect(ignored.filter((path) => !isIgnored(path))).toEqual([]);
    const kept = ["src", "src/x.ts", "src/lib/deep/x1.ts", "src/my_node_modules/x", "a/b.txt"];
    expect(kept.filter(isIgnored)).toEqual([]);
  });

  test("says which ignored folders must be looked into", () => {
    const { mayHoldKept } = parseDockerIgnore("*\n!a/b/c.txt\n");
    expect(["a", "a/b", "b", "a/b/c.txt"].map(mayHoldKept)).toEqual([true, true, false, false]);
  });
});

describe("the .dockerignore", () => {
  test("keeps data, keys, history, tests and what was built here out", () => {
    const { isIgnored } = parseDockerIgnore(readFileSync(join(REPOSITORY, ".dockerignore"), "utf8"));
    const secrets = [".git/config", ".env", "data/KEYS", "server.key", "packages/server/src/testing/tls/server.key"];
    const leftovers = ["node_modules/x", "packages/server/node_modules/x", "packages/engine/dist/index.js"];
    const tests = ["test/e2e/auth.test.ts", "packages/server/src/errors.test.ts"];
    expect([...secrets, ...leftovers, ...tests].filter((path) => !isIgnored(path))).toEqual([]);
  });
});
