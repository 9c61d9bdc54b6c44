import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { transform } from "esbuild";
import type { Block } from "./blocks.js";
import { REPOSITORY } from "./pages.js";

/** Scripts lie inside the repository, so that they find its packages. Ignored by git. */
const FOLDER = join(REPOSITORY, ".cache/docs");

const TIMEOUT_MS = 50_000;

/** Languages whose blocks run. */
export const RUNNABLE: ReadonlySet<string> = new Set(["sh", "js", "ts"]);

/** Languages whose blocks are for reading only. Any other is an error, so that no example slips through unseen. */
export const READ_ONLY: ReadonlySet<string> = new Set([
  "",
  "text",
  "json",
  "yaml",
  "proto",
  "go", // They run as examples of the client: clients/go/main_test.go.
  "html",
  "diff",
  "ebnf",
  "filter",
  "mermaid",
  // Run by clients/python/tests/test_docs.py.
  "python",
]);

/**
 * Runs a block against a server: `localhost:8080` in it becomes the server's address, and VECSTORE_URL is set.
 *
 * @param name  becomes the name of the script
 * @returns     what it printed to standard output
 * @throws      Error with all that it printed, when it fails
 */
export async function runBlock(block: Block, name: string, host: string): Promise<string> {
  const code = block.code.replaceAll("localhost:8080", host);
  if (block.language === "sh") return run("bash", ["-euo", "pipefail", "-c", code], host, REPOSITORY);
  const script = block.language === "ts" ? (await transform(code, { loader: "ts", format: "esm" })).code : code;
  // A folder of its own, which is the working directory too: what an example opens by a relative path goes with it.
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, `${name.replace(/\W+/g, "-")}-`));
  const path = join(folder, "example.mjs");
  writeFileSync(path, script);
  try {
    return await run(process.execPath, [path], host, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], host: string, cwd: string): Promise<string> {
  // The command `vecstore`, as an installation has it.
  const PATH = `${join(REPOSITORY, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
  const options = { cwd, timeout: TIMEOUT_MS, env: { ...process.env, PATH, VECSTORE_URL: `http://${host}` } };
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`exit ${error.code ?? error.signal}\n${stdout}${stderr}`));
    });
    child.stdin?.end();
  });
}
