// Fails when generated code is not what its sources make, or when a schema breaks those who use it. Needs no network,
// and leaves the repository as it was.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BASELINE,
  buf,
  differingPaths,
  generateCore,
  generateMessages,
  ROOT,
  readFolder,
  readMessages,
} from "./gen.mjs";

/** Where scripts/build-core.mjs writes, among other things. */
const CORE_FOLDER = "packages/engine/src/core";

/** The core is built in place; afterwards every file gets its old content back. */
function differingCorePaths() {
  const before = readFolder(ROOT, CORE_FOLDER);
  try {
    generateCore();
    return differingPaths(before, readFolder(ROOT, CORE_FOLDER));
  } finally {
    for (const path of differingPaths(before, readFolder(ROOT, CORE_FOLDER))) {
      const content = before.get(path);
      if (content === undefined) rmSync(join(ROOT, path));
      else writeFileSync(join(ROOT, path), content);
    }
  }
}

try {
  const paths = [...differingPaths(readMessages(), generateMessages()), ...differingCorePaths()];
  for (const path of paths) console.error(`${path}: differs from what its source makes`);
  if (paths.length > 0) console.error("fix: npm run gen, and commit what it writes");
  const breaks = buf("breaking", "proto", "--against", BASELINE) !== 0;
  if (breaks) console.error(`the schema breaks what ${BASELINE} promises: add fields, never change or remove them`);
  process.exitCode = paths.length > 0 || breaks ? 1 : 0;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
