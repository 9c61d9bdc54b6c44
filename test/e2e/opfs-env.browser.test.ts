import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isChromiumMissing, startChromium } from "./harness/chromium.js";
import { bundleForBrowser, serveSite } from "./harness/site.js";
import type { CaseResult } from "./harness/vitest-in-worker.js";

/** The suite that every Env passes, run where this one works: in a dedicated worker. */
const WORKER = `
  import { OpfsEnv } from "@vecstore/engine";
  import { envCases } from "../../../packages/engine/src/storage/env.cases.ts";
  import { opfsCases } from "../opfs-env.cases.ts";
  import { runCollected } from "./vitest-in-worker.ts";

  let made = 0;
  const create = async () => {
    const env = new OpfsEnv({ waitMs: 50 });
    const directory = "case-" + made++;
    await env.makeDirectory(directory);
    return { env, directory };
  };
  envCases("OpfsEnv", create);
  opfsCases(create);
  postMessage(await runCollected());
`;

async function casesInChromium(): Promise<readonly CaseResult[]> {
  const vitest = fileURLToPath(new URL("./harness/vitest-in-worker.ts", import.meta.url));
  const site = await serveSite(new Map([["worker.js", await bundleForBrowser(WORKER, { vitest })]]), "isolated");
  const browser = await startChromium();
  try {
    const page = await browser.context.newPage();
    await page.goto(site.origin);
    return await page.evaluate(
      () =>
        new Promise<CaseResult[]>((resolve, reject) => {
          const worker = new Worker("/worker.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
    );
  } finally {
    await browser.close();
    await site.close();
  }
}

describe.skipIf(isChromiumMissing)("OpfsEnv in Chromium", async () => {
  const results = isChromiumMissing ? [] : await casesInChromium();

  it("runs the whole suite", () => {
    expect(results.length).toBeGreaterThan(20);
  });

  for (const { name, error } of results) {
    it(name, () => {
      expect(error).toBeUndefined();
    });
  }
});
