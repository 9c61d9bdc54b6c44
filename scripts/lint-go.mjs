// Linters of the Go client: go vet, and golangci-lint by clients/go/.golangci.yml. The latter is built once, into .cache/tools.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const VERSION = "v2.15.0";
const FOLDER = join(ROOT, ".cache/tools", `golangci-lint-${VERSION}`);
const LINT = join(FOLDER, "golangci-lint");

function run(command, args, env = {}) {
  const options = { cwd: join(ROOT, "clients/go"), env: { ...process.env, ...env }, stdio: "inherit" };
  const { status, error } = spawnSync(command, args, options);
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${status}`);
}

function main() {
  if (spawnSync("go", ["version"]).status !== 0) throw new Error("go is missing; install it: https://go.dev/dl");
  run("go", ["vet", "./..."]);
  if (!existsSync(LINT)) {
    const module = `github.com/golangci/golangci-lint/v2/cmd/golangci-lint@${VERSION}`;
    run("go", ["install", "-trimpath", "-ldflags=-s -w", module], { GOBIN: FOLDER });
  }
  run(LINT, ["run", "./..."]);
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
