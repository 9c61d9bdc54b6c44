import { defineConfig } from "vitest/config";

/** Set by scripts/test.mjs: globs of the tests whose tools are missing, separated by commas. */
const withoutTools = process.env.VECSTORE_TEST_EXCLUDE?.split(",") ?? [];

/** The tests read the packages' sources, so that they need no build; test/e2e, test/docs and the demo use the builds. */
const conditions = ["@vecstore/source", "node", "import", "default"];

const project = (name: string, root: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name,
    root,
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", ...withoutTools],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

export default defineConfig({
  test: {
    projects: [
      project("engine", "packages/engine"),
      project("server", "packages/server"),
      project("client-js", "packages/client-js"),
      project("test", "test"),
    ],
  },
});
