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
