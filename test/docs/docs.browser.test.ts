import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chromium, isChromiumMissing, startChromium } from "../support/chromium.js";
import { type BundleOptions, bundleForBrowser, type Site, serveSite } from "../support/site.js";
import { type Block, blocksOf, matchesOutput } from "./blocks.js";
import { pages, REPOSITORY } from "./pages.js";

/** What a site with a strict policy sends; the engine's page names the one part that WebAssembly needs. */
const HEADERS = { "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };

/** The scripts of a site stay apart, as a page and its worker are; packages are what users get. */
const BUNDLING: BundleOptions = { folder: `${REPOSITORY}test`, neighbors: "apart", packages: "builds" };

const inBrowser = pages()
  .map((page) => ({ page, blocks: blocksOf(readFileSync(`${REPOSITORY}${page}`, "utf8")) }))
  .map(({ page, blocks }) => ({ page, blocks: blocks.filter(({ browser }) => browser !== undefined) }))
  .filter(({ blocks }) => blocks.length > 0);

/** Blocks without a name of their own run as scripts of the page, in order. */
const scriptName = ({ browser, line }: Block): string => browser?.file ?? `block-${line}.js`;

test("a page shows a browser how", () => {
  expect(inBrowser.map(({ page }) => page)).toContain("packages/engine/README.md");
});

describe.skipIf(isChromiumMissing).each(inBrowser)("$page, in Chromium", ({ page: path, blocks }) => {
  let site: Site;
  let browser: Chromium;
  let page: Page;
  const printed: string[] = [];

  beforeAll(async () => {
    const scripts = new Map<string, string>();
    for (const block of blocks) {
      scripts.set(scriptName(block), await bundleForBrowser(block.code, BUNDLING));
    }
    site = await serveSite(scripts, HEADERS);
    browser = await startChromium();
    page = await browser.context.newPage();
    page.on("console", (message) => printed.push(message.text()));
    await page.goto(site.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  for (const block of blocks.filter(({ browser }) => browser?.file === undefined)) {
    test(`${path} line ${block.line}`, async () => {
      if (block.browser?.afterReload) await page.reload();
      printed.length = 0;
      // As a string: vitest rewrites an import that it sees.
      await page.evaluate(`import("/${scriptName(block)}").then(() => undefined)`);
      const text = printed.join("\n");
      if (block.output !== undefined && !matchesOutput(text, block.output)) expect(text).toBe(block.output);
    });
  }
});
