import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerProcess } from "../support/server-process.mjs";
import { blocksOf, matchesOutput } from "./blocks.js";
import { pages, REPOSITORY } from "./pages.js";
import { READ_ONLY, RUNNABLE, runBlock } from "./run-block.js";

describe.each(pages())("%s", (page) => {
  const blocks = blocksOf(readFileSync(`${REPOSITORY}${page}`, "utf8"));
  // Those for a browser run in docs.browser.test.ts.
  const runnable = blocks.filter(({ language, browser }) => RUNNABLE.has(language) && browser === undefined);
  let folder = "";
  let server: ServerProcess | undefined;

  // One server a page: its blocks run in order, and each sees what those before it wrote.
  beforeAll(async () => {
    if (runnable.every(({ notRun }) => notRun !== undefined)) return;
    folder = mkdtempSync(join(tmpdir(), "vecstore-docs-"));
    server = await ServerProcess.start(join(folder, "data"));
  });
  afterAll(async () => {
    await server?.stop();
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  test("every block is in a language that either runs or is for reading", () => {
    const unknown = blocks.filter(
      ({ language, notRun }) => !RUNNABLE.has(language) && !READ_ONLY.has(language) && notRun === undefined,
    );
    expect(unknown.map(({ line, language }) => `${page}:${line} ${language}`)).toEqual([]);
  });

  for (const block of runnable) {
    const name = `line ${block.line}, ${block.language}${block.notRun === undefined ? "" : `, not run: ${block.notRun}`}`;
    test.skipIf(block.notRun !== undefined)(name, async () => {
      const printed = await runBlock(block, `${page}-${block.line}`, server!.host);
      if (block.output !== undefined && !matchesOutput(printed, block.output)) expect(printed).toBe(block.output);
    });
  }
});
