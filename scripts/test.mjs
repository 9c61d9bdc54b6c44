// npm test: builds, runs every suite, and ends with one line that counts them all. Arguments go to vitest, and
// then only vitest runs: `npm test -- test/tidy`. `--node 24` or `--node PATH` runs the tests on another Node.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { DEPLOY_NEEDS } from "./deploy-tools.mjs";
import { nodeBinary } from "./node-binary.mjs";
import { toolsVenv } from "./python-venv.mjs";
import { INSTALL_GO, runGo } from "./test-go.mjs";
import { PYTHON, runPython } from "./test-python.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");
const IN_CI = process.env.CI === "true" || process.env.CI === "1";

const { node, args } = readArguments(process.argv.slice(2));
/** Runs the tests; builds and scripts stay with the Node that runs this. */
const NODE = node === undefined ? process.execPath : nodeBinary(node);

function readArguments(all) {
  const at = all.indexOf("--node");
  if (at < 0) return { node: undefined, args: all };
  if (all[at + 1] === undefined) throw new Error("--node needs a major version or a path");
  return { node: all[at + 1], args: all.toSpliced(at, 2) };
}

/** Programs that some tests need, how to get them, and the test files that are left out without them. `isThere` looks. */
const CHROMIUM = {
  commands: ["chromium", "chromium-browser", "google-chrome"],
  install: "apt-get install -y chromium",
  files: ["**/browser.test.ts", "**/*.browser.test.ts"],
};

const PROMETHEUS = {
  commands: ["promtool"],
  install: "apt-get install -y prometheus",
  files: ["**/*.prometheus.test.ts"],
};

const GO = { commands: ["go"], install: INSTALL_GO, files: ["**/reference/go.test.ts"] };

/** One line per suite. `run` answers a list of {name, passed, failed, skipped, notes}; `needs` lists programs. */
const SUITES = [
  { name: "vitest", needs: [CHROMIUM, PROMETHEUS, GO, PYTHON, ...DEPLOY_NEEDS], run: runVitest },
  { name: "go", needs: [GO], run: (_, missing) => (missing.length > 0 ? [] : runGo()) },
  { name: "python", needs: [PYTHON], run: runPython },
];

/** Runs vitest over all projects and counts its JSON report by package and by folder of test/. */
function runVitest(args, missing) {
  const folder = mkdtempSync(join(tmpdir(), "vecstore-test-"));
  const report = join(folder, "vitest.json");
  try {
    // Two test files use it, at once; neither must find it half made by the other.
    if (!missing.includes(PYTHON)) toolsVenv();
    // Programs that a test starts by the name `node` are of the same version.
    const env = { ...process.env, PATH: `${dirname(NODE)}${delimiter}${process.env.PATH}` };
    if (missing.length > 0) env.VECSTORE_TEST_EXCLUDE = missing.flatMap(({ files }) => files).join(",");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { status } = spawnSync(NODE, [VITEST, "run", ...reporters, ...args], {
      cwd: ROOT,
      env,
      stdio: "inherit",
    });
    const results = existsSync(report) ? countVitest(JSON.parse(readFileSync(report, "utf8")).testResults) : [];
    // An error outside every test, or no test at all, fails the run without a failed test.
    if (status !== 0 && !results.some(({ failed }) => failed > 0))
      results.push(oneFailure("vitest", `it exited with ${status}`));
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countVitest(files) {
  const byArea = new Map();
  for (const file of files) {
    const area = areaOf(file.name);
    if (!byArea.has(area)) byArea.set(area, { name: area, passed: 0, failed: 0, skipped: 0, notes: [] });
    const counts = byArea.get(area);
    let failedTests = 0;
    for (const { status, fullName } of file.assertionResults) {
      if (status === "passed") counts.passed++;
      else if (status === "failed") failedTests++;
      else {
        counts.skipped++;
        counts.notes.push(`skipped: ${fullName}`);
      }
    }
    // A file that does not load has no test that could fail.
    counts.failed += file.status === "failed" ? Math.max(1, failedTests) : failedTests;
    if (file.status === "failed") counts.notes.push(`failed: ${relative(ROOT, file.name)}`);
  }
  return [...byArea.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function areaOf(path) {
  const [first, second] = relative(ROOT, path).split(sep);
  return `${first}/${second}`;
}

function oneFailure(name, note) {
  return { name, passed: 0, failed: 1, skipped: 0, notes: [note] };
}

function isInstalled({ commands, isThere }) {
  if (isThere !== undefined) return isThere();
  const folders = (process.env.PATH ?? "").split(delimiter);
  return commands.some((command) => folders.some((folder) => existsSync(join(folder, command))));
}

/** What a missing program costs: one skipped suite, or in CI one failure, since there it must be installed. */
function missingResult({ commands, install }) {
  const note = `${commands[0]} is missing; install it: ${install}`;
  const name = `needs ${commands[0]}`;
  return IN_CI ? oneFailure(name, note) : { name, passed: 0, failed: 0, skipped: 1, notes: [`skipped: ${note}`] };
}

function runSuites(args) {
  const results = [];
  // Several suites may need the same program.
  const allMissing = new Set();
  for (const { needs, run } of args.length > 0 ? SUITES.slice(0, 1) : SUITES) {
    const missing = needs.filter((program) => !isInstalled(program));
    for (const program of missing) allMissing.add(program);
    results.push(...run(args, missing));
  }
  return [...results, ...[...allMissing].map(missingResult)];
}

function print(results) {
  const width = Math.max(...results.map(({ name }) => name.length));
  console.log();
  for (const { name, passed, failed, skipped, notes } of results) {
    console.log(`${name.padEnd(width)}  ${passed} passed, ${failed} failed, ${skipped} skipped`);
    for (const note of notes) console.log(`${" ".repeat(width)}  ${note}`);
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const where =
    node === undefined ? "" : ` on Node ${spawnSync(NODE, ["--version"], { encoding: "utf8" }).stdout.trim()}`;
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped${where}`);
}

const build = spawnSync(process.execPath, [join(ROOT, "scripts/turbo.mjs"), "build"], { cwd: ROOT, stdio: "inherit" });
const results = build.status === 0 ? runSuites(args) : [oneFailure("build", `it exited with ${build.status}`)];
print(results);
process.exit(results.some(({ failed }) => failed > 0) || results.every(({ passed }) => passed === 0) ? 1 : 0);
