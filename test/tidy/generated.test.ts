import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** It compiles the core and runs every generator: seconds, or minutes where other work has the processor. */
const TIMEOUT_MS = 300_000;

const SCRIPT = fileURLToPath(new URL("../../scripts/check-generated.mjs", import.meta.url));

it(
  "generated code is what its sources make, and the schema breaks nobody. Fix: npm run gen",
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], { encoding: "utf8" });
    expect(status, `${stdout}${stderr}`).toBe(0);
  },
  TIMEOUT_MS,
);
