import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Chromium, isChromiumMissing, startChromium } from "../support/chromium.js";
import { bundleForBrowser, type Site, serveSite } from "../support/site.js";
import type {} from "./harness/store-page.js";
import type { StoreMethods } from "./harness/store-worker.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const RECORDS = 20_000;
const QUERIES = 50;

/** Calls a method of the store in the worker of a page. */
function call<M extends keyof StoreMethods>(
  page: Page,
  method: M,
  ...args: Parameters<StoreMethods[M]>
): Promise<Awaited<ReturnType<StoreMethods[M]>>> {
  const passed = page.evaluate(([name, given]) => globalThis.callStore(name, ...given), [method, args] as const);
  return passed as Promise<Awaited<ReturnType<StoreMethods[M]>>>;
}

/** As `call`, for what the worker says of the error. */
function failureOf(page: Page, method: keyof StoreMethods, ...args: readonly unknown[]): Promise<unknown> {
  const failing = ([name, given]: readonly [keyof StoreMethods, readonly unknown[]]) =>
    globalThis.callStore(name, ...given).then(
      () => "no error",
      (error: unknown) => error,
    );
  return page.evaluate(failing, [method, args] as const);
}

describe.skipIf(isChromiumMissing)("an embedded store in Chromium", () => {
  let site: Site;
  let browser: Chromium;
  let page: Page;
  /** Told by the page of each batch that was answered. */
  let onWritten: (batch: number) => void = () => {};

  beforeAll(async () => {
    const scripts = {
      "main.js": await bundleForBrowser(`import "./harness/store-page.ts";`, { folder: HERE }),
      "store-worker.js": await bundleForBrowser(`import "./harness/store-worker.ts";`, { folder: HERE }),
    };
    site = await serveSite(new Map(Object.entries(scripts)));
  });
  afterAll(async () => {
    await site?.close();
  });
  // A profile of its own for each test, so an empty file system.
  beforeEach(async () => {
    browser = await startChromium();
    page = await openPage();
  });
  afterEach(async () => {
    await browser?.close();
  });

  async function openPage(): Promise<Page> {
    const opened = await browser.context.newPage();
    await opened.exposeFunction("onWritten", (batch: number) => onWritten(batch));
    await opened.goto(site.origin);
    await opened.waitForFunction(() => globalThis.callStore !== undefined);
    return opened;
  }

  async function reload(): Promise<void> {
    await page.reload();
    await page.waitForFunction(() => globalThis.callStore !== undefined);
  }

  it("answers after a reload as before it, from the graph", async () => {
    await call(page, "open");
    await call(page, "fill", RECORDS);
    expect(await call(page, "indexed")).toBe(RECORDS);
    const exact = await call(page, "search", QUERIES, true);
    const before = await call(page, "search", QUERIES, false);
    await call(page, "close");
    await reload();

    await call(page, "open");
    expect(await call(page, "count")).toBe(RECORDS);
    expect(await call(page, "indexed")).toBe(RECORDS);
    const after = await call(page, "search", QUERIES, false);
    expect(after).toEqual(before);
    expect(new Set(after.map(({ strategy }) => strategy))).toEqual(new Set(["graph"]));
    expect(await call(page, "search", QUERIES, true)).toEqual(exact);
    const closest = exact.map(({ hits }) => new Set(hits.map(({ id }) => id)));
    const found = after.flatMap(({ hits }, i) => hits.filter(({ id }) => closest[i]!.has(id)));
    expect(found.length / (10 * QUERIES)).toBeGreaterThan(0.9);
  });

  // Small batches, and checkpoints in between: a kill finds the store at any of its work.
  const BATCH = 40;
  const OPTIONS = { dimension: 24, checkpointLogBytes: 100_000, graphRecordsMin: 1_000 };

  /**
   * Writes batches until some more were answered, and goes on writing.
   *
   * @param answered  batches of earlier lives
   * @returns         batches that are known to be answered
   */
  async function writeUntil(answered: number, more: number): Promise<number> {
    await call(page, "open", OPTIONS);
    let last = answered;
    const enough = new Promise<void>((resolve) => {
      onWritten = (batch) => {
        last = Math.max(last, batch + 1);
        if (last >= answered + more) resolve();
      };
    });
    // It ends with the page.
    call(page, "writeForever", answered, BATCH).catch(() => undefined);
    await enough;
    return last;
  }

  /** All that was answered is there, and of what was not, whole batches only. */
  async function expectBatches(answered: number): Promise<void> {
    await call(page, "open", OPTIONS);
    const counts = await call(page, "countByBatch");
    expect(counts.length).toBeGreaterThanOrEqual(answered);
    expect(new Set(counts)).toEqual(new Set([BATCH]));
    for (const batch of [0, answered - 1, counts.length - 1]) {
      expect(await call(page, "isWhole", batch, BATCH)).toBe(true);
    }
  }

  it.each([
    ["the page is reloaded", reload],
    [
      "the tab is closed",
      async () => {
        await page.close();
        page = await openPage();
      },
    ],
    [
      "the browser is killed",
      async () => {
        await browser.kill();
        browser = await browser.restart();
        page = await openPage();
      },
    ],
  ])("loses nothing that was answered when %s in the middle of writes", async (_, end) => {
    let answered = 0;
    for (const more of [3, 50, 11]) {
      answered = await writeUntil(answered, more);
      await end();
      await expectBatches(answered);
      await reload();
    }
  });

  it("is refused to a second tab, and given to it when the first is gone", async () => {
    await call(page, "open");
    const first = page;
    page = await openPage();
    const error = await failureOf(page, "open", { waitMs: 0 });
    expect(error).toMatchObject({
      code: "failed_precondition",
      reason: "DATA_DIR_IN_USE",
      details: { directory: "vectors", startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      message: expect.stringContaining("open in another tab or worker"),
    });
    await first.close();
    await call(page, "open");
    expect(await call(page, "count")).toBe(0);
  });

  it.each([
    ["in memory", {}],
    ["on the disk", { memoryForVectors: 0 }],
  ])("reclaims, snapshots and restores with vectors %s", async (_, where) => {
    const options = { graphRecordsMin: 1_000, ...where };
    await call(page, "open", options);
    await call(page, "fill", 2_000);
    expect(await call(page, "createSnapshot", "full")).toBe(2_000);
    const first = await call(page, "search", 5, true);
    expect(await call(page, "deleteEven")).toBe(1_000);
    expect(await call(page, "compact")).toBe(0);
    expect(await call(page, "count")).toBe(1_000);
    expect(await call(page, "restoreSnapshot", "full")).toBe(2_000);
    expect(await call(page, "search", 5, true)).toEqual(first);
    await reload();
    await call(page, "open", options);
    expect(await call(page, "count")).toBe(2_000);
    expect(await call(page, "search", 5, true)).toEqual(first);
  });

  it("refuses writes while the browser gives no more space, answers queries, and goes on when it does", async () => {
    const session = await browser.context.newCDPSession(page);
    const allow = (quotaSize: number | undefined) =>
      session.send("Storage.overrideQuotaForOrigin", { origin: site.origin, quotaSize });
    await call(page, "open");
    await call(page, "upsertBatch", 0, 100);
    await allow(100_000);
    let batch = 1;
    let error: unknown = "no error";
    for (; batch < 100 && error === "no error"; batch++) error = await failureOf(page, "upsertBatch", batch, 100);
    expect(error).toMatchObject({ code: "unavailable", reason: "DISK_FULL" });
    const kept = await call(page, "count");
    expect(kept).toBe(100 * (batch - 1));
    expect(await call(page, "search", 1, false)).toHaveLength(1);
    await allow(undefined);
    expect(await call(page, "upsertBatch", batch, 100)).toBe(100);
    await reload();
    await call(page, "open");
    expect(await call(page, "count")).toBe(kept + 100);
  });

  it("works on the main thread in memory, and says there why not in OPFS", async () => {
    const outcome = await page.evaluate(async () => {
      const { VecStore, MemoryEnv, OpfsEnv } = globalThis.engine;
      const store = await VecStore.open("memory", { env: new MemoryEnv() });
      await store.upsert([{ id: "a", vector: [1, 2] }]);
      const { results } = await store.query({ vector: [1, 2] });
      await store.close();
      const error = await Promise.resolve()
        .then(() => new OpfsEnv())
        .then(String, (thrown) => ({ reason: thrown.reason, message: thrown.message }));
      return { ids: results.map(({ id }) => id), error };
    });
    expect(outcome.ids).toEqual(["a"]);
    expect(outcome.error).toMatchObject({
      reason: "INVALID_CONFIGURATION",
      message: expect.stringContaining("in a dedicated worker"),
    });
  });
});
