// Runs a turbo task with telemetry off; turbo has no configuration key for that, only the variable.
import { spawnSync } from "node:child_process";

const result = spawnSync(
  "npx",
  ["turbo", "run", ...process.argv.slice(2), "--output-logs=new-only", "--log-order=grouped"],
  {
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
  },
);
process.exit(result.status ?? 1);
