// Tests of the Go client, for npm test: `node scripts/test-go.mjs`, with arguments for `go test`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLIENT = fileURLToPath(new URL("../clients/go", import.meta.url));
/** How to get Go; Debian's is older than what the client's tools take. */
export const INSTALL_GO = "https://go.dev/dl";
/** What `go test` prints in all; a test that fails may print much. */
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Runs the tests, with the race detector where a C compiler is there, which it takes.
 *
 * @returns one list entry of {name, passed, failed, skipped, notes} for scripts/test.mjs
 */
export function runGo(args = []) {
  const race = hasCompiler() ? ["-race"] : [];
  const { status, stdout } = spawnSync("go", ["test", "-json", ...race, ...args, "./..."], {
    cwd: CLIENT,
    env: { ...process.env, VECSTORE_TEST_NODE: process.execPath },
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const counts = count(stdout ?? "");
  if (race.length === 0) counts.notes.push("without the race detector: it takes a C compiler, such as gcc");
  // What does not compile fails the run without a failed test.
  if (status !== 0 && counts.failed === 0) {
    counts.failed = 1;
    counts.notes.push(`go test exited with ${status}`);
  }
  return [counts];
}

function hasCompiler() {
  const { stdout } = spawnSync("go", ["env", "CC"], { cwd: CLIENT, encoding: "utf8" });
  return spawnSync(stdout?.trim() || "gcc", ["--version"]).status === 0;
}

/** Counts the events of `go test -json`, and prints what the failed tests printed. */
function count(lines) {
  const counts = { name: "clients/go", passed: 0, failed: 0, skipped: 0, notes: [] };
  const printed = new Map();
  for (const { Action, Package, Test, Output } of lines.split("\n").flatMap(parse)) {
    const key = `${Package} ${Test ?? ""}`;
    if (Action === "output" || Action === "build-output") printed.set(key, (printed.get(key) ?? "") + Output);
    if (Action === "fail" || Action === "build-fail") console.log(printed.get(key) ?? "");
    if (Test === undefined) continue;
    if (Action === "pass") counts.passed++;
    if (Action === "fail") {
      counts.failed++;
      counts.notes.push(`failed: ${Test}`);
    }
    if (Action === "skip") {
      counts.skipped++;
      counts.notes.push(`skipped: ${Test}: ${reasonOf(printed.get(key) ?? "")}`);
    }
  }
  return counts;
}

/** An event; none for a line that is no JSON, as the linker prints. */
function parse(line) {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** What a test gave to t.Skip. */
function reasonOf(output) {
  return /^\s+\S+\.go:\d+: (.*)$/m.exec(output)?.[1] ?? "it does not say why";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [{ passed, failed, skipped, notes }] = runGo(process.argv.slice(2));
  for (const note of notes) console.log(note);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed > 0 ? 1 : 0);
}
