import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { expect, test } from "vitest";

test("a measure that somebody waits for keeps the process alive until it is done, also when it rests just then", () => {
  const folder = mkdtempSync(join(tmpdir(), "vecstore-calibrator-"));
  try {
    const contents = `
      import { MemoryEnv, VecStore } from "../index.ts";
      const store = await VecStore.open("data", { env: new MemoryEnv(), threads: 0, graphRecordsMin: 100, m: 8 });
      const vectorOf = (i) => Array.from({ length: 8 }, (_, k) => Math.sin(i * 7.13 + k * k));
      await store.upsert(Array.from({ length: 500 }, (_, i) => ({ id: "r" + i, vector: vectorOf(i) })));
      await store.settled();
      // Begins a measure in the background, whose first step is a rest.
      await store.query({ vector: vectorOf(1), recallTarget: 0.9 });
      await store.calibrate();
      await store.close();
      console.log("measured");`;
    const result = buildSync({
      stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
    });
    const script = join(folder, "main.mjs");
    writeFileSync(script, result.outputFiles[0]!.text);
    const { stdout, status } = spawnSync(process.execPath, [script], { encoding: "utf8", timeout: 20_000 });
    expect([status, stdout]).toEqual([0, "measured\n"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
