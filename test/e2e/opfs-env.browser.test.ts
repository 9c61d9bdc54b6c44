import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isChromiumMissing, startChromium } from "../support/chromium.js";
import { bundleForBrowser, ISOLATED, serveSite } from "../support/site.js";
import type { CaseResult } from "./harness/vitest-in-worker.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The suite that every Env passes, run where this one works: in a dedicated worker. */
const WORKER = `
  import { OpfsEnv } from "@vecstore/engine";
  import { envCases } from "../../packages/engine/src/storage/env.cases.ts";
  import { opfsCases } from "./opfs-env.cases.ts";
  import { runCollected } from "./harness/vitest-in-worker.ts";

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
  const site = await serveSite(
    new Map([
      [
        "worker.js",
        await bundleForBrowser(WORKER, { folder: HERE, alias: { vitest: `${HERE}harness/vitest-in-worker.ts` } }),
      ],
    ]),
    ISOLATED,
  );
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
