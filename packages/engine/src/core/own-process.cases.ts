import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

/**
 * Runs a module in a process of its own until that ends by itself: what keeps a process alive cannot be seen from within one that a test
 * runner keeps alive.
 *
 * @param contents    TypeScript
 * @param resolveDir  where its relative imports begin
 * @returns           exit status, null when it had to be ended after 20 s, and what it printed
 */
export function runInOwnProcess(contents: string, resolveDir: string): [status: number | null, printed: string] {
  const folder = mkdtempSync(join(tmpdir(), "vecstore-process-"));
  try {
    const stdin = { contents, resolveDir, loader: "ts" } as const;
    const { outputFiles } = buildSync({ stdin, bundle: true, write: false, platform: "node", format: "esm" });
    const script = join(folder, "main.mjs");
    writeFileSync(script, outputFiles[0]!.text);
    const { stdout, status } = spawnSync(process.execPath, [script], { encoding: "utf8", timeout: 20_000 });
    return [status, stdout];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
