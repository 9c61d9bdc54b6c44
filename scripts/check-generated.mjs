// Fails when generated code is not what its sources make, or when a schema breaks those who use it. Needs no network,
// and leaves the repository as it was.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { BASELINE, buf, differingPaths, generateMessages, ROOT, readMessages } from "./gen.mjs";

/** Builds the WASM core beside what is committed; it says itself what differs. */
function isCoreCurrent() {
  const script = join(ROOT, "scripts/build-core.mjs");
  return spawnSync(process.execPath, [script, "--check"], { stdio: "inherit" }).status === 0;
}

try {
  const paths = differingPaths(readMessages(), generateMessages());
  for (const path of paths) console.error(`${path}: differs from what its source makes`);
  if (paths.length > 0) console.error("fix: npm run gen, and commit what it writes");
  const breaks = buf("breaking", "proto", "--against", BASELINE) !== 0;
  if (breaks) console.error(`the schema breaks what ${BASELINE} promises: add fields, never change or remove them`);
  process.exitCode = paths.length > 0 || breaks || !isCoreCurrent() ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
