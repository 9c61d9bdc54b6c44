import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The programs are plain JavaScript without declarations; these are the parts that are tested here. */
interface Bundle {
  readonly ENTRIES: Readonly<Record<string, string>>;
  sizesOf(source: string): Promise<{ bytes: number; gzip: number; brotli: number }>;
}

const { ENTRIES, sizesOf } = (await import(new URL("./bundle.mjs", import.meta.url).href)) as Bundle;

test("the bundle is as small as the page of the engine says, and not half of it", async () => {
  const page = readFileSync(new URL("../../packages/engine/README.md", import.meta.url), "utf8");
  const [, most = "", mostGzip = ""] = /stays below (\d+) KiB, (\d+) KiB with gzip/.exec(page) ?? [];
  const { bytes, gzip } = await sizesOf(ENTRIES["engine, in memory or OPFS"]!);
  for (const [size, limit] of [
    [bytes, Number(most)],
    [gzip, Number(mostGzip)],
  ] as const) {
    expect(size / 1024).toBeLessThan(limit);
    expect(size / 1024).toBeGreaterThan(limit / 2);
  }
});

test("the client's bundle is as small as its page says, and far below the 60 KB that it may have", async () => {
  const page = readFileSync(new URL("../../packages/client-js/README.md", import.meta.url), "utf8");
  const [, kilobytes = ""] = /about\s+(\d+) KB gzipped/.exec(page) ?? [];
  const { gzip } = await sizesOf(ENTRIES.client!);
  expect(gzip / 1_000).toBeLessThan(Number(kilobytes));
  expect(gzip / 1_000).toBeGreaterThan(Number(kilobytes) / 2);
  expect(Number(kilobytes)).toBeLessThan(60);
});
