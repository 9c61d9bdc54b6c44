// What an application's page downloads: bundles of the packages for browsers, minified, as they are and compressed.
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { saveResult, table, whole } from "./report.mjs";

/** What an application imports, by what it is for. */
export const ENTRIES = {
  "engine, in memory or OPFS": 'export { OpfsEnv, VecStore } from "@vecstore/engine";',
  "engine, in memory": 'export { VecStore } from "@vecstore/engine";',
  client: 'export { VecStoreClient } from "@vecstore/client";',
};

export const summary = "bytes of the engine and of the client in a browser: minified, gzip, brotli";

export const options = {};

export async function run() {
  const rows = [];
  for (const [name, source] of Object.entries(ENTRIES)) {
    const { bytes, gzip, brotli } = await sizesOf(source);
    rows.push([name, whole(bytes), whole(gzip), whole(brotli)]);
  }
  console.log(table(["bundle for browsers", "bytes", "gzip", "brotli"], rows));
  saveResult("bundle", { rows });
}

/**
 * Bytes of a bundle: minified, and with gzip and brotli at their best.
 *
 * @param {string} source  what the application imports
 */
export async function sizesOf(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const bytes = outputFiles[0].contents;
  return { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}
