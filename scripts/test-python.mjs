// The tests of the Python client, for scripts/test.mjs: with all tools on one Python, and on every other one that is there with nothing
// but what the client needs.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureVenv, findPythons, INSTALL_PYTHON, PYTHON_CLIENT } from "./python-venv.mjs";

/** Tests that need more packages than the client does. */
const WITH_TOOLS = ["test_any_language.py", "test_frames.py", "test_package.py", "test_tracing.py"];

const SHARED_CASES = "test_conformance.py";

/** What the suite needs, in the form of scripts/test.mjs. */
export const PYTHON = {
  commands: ["python3"],
  install: INSTALL_PYTHON,
  files: ["**/reference/python.test.ts"],
  isThere: () => findPythons().length > 0,
};

/** Runs pytest on each Python and counts its reports. */
export function runPython(_args, missing) {
  if (missing.length > 0) return [];
  const [first, ...others] = findPythons();
  const without = (files) => files.map((file) => `--ignore=tests/${file}`);
  // Those that all clients share take minutes: the oldest Python carries them out too, with the oldest packages.
  const ignoredOf = (at) => without(at === 0 ? WITH_TOOLS : [...WITH_TOOLS, SHARED_CASES]);
  return [
    runOne(first, "requirements-dev.txt", []),
    ...others.map((python, at) => runOne(python, "requirements-test.txt", ignoredOf(at))),
  ];
}

function runOne(python, requirements, args) {
  const name = `clients/python (${python.version})`;
  const folder = mkdtempSync(join(tmpdir(), "vecstore-pytest-"));
  const report = join(folder, "junit.xml");
  try {
    const interpreter = ensureVenv(python, requirements);
    const { status } = spawnSync(interpreter, ["-m", "pytest", `--junitxml=${report}`, ...args], {
      cwd: PYTHON_CLIENT,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const counts = count(readFileSync(report, "utf8"));
    const failed = status === 0 ? counts.failed : Math.max(1, counts.failed);
    const notes = failed > 0 ? [`pytest exited with ${status}`] : [];
    return { name, ...counts, failed, notes: [...notes, ...counts.notes] };
  } catch (error) {
    return { name, passed: 0, failed: 1, skipped: 0, notes: [error.message] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the sums of a JUnit report, and the reason of each test that was skipped. */
function count(xml) {
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? "";
  const number = (key) => Number(new RegExp(`\\b${key}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = number("skipped");
  const reasons = new Set([...xml.matchAll(/<skipped [^>]*message="([^"]*)"/g)].map(([, reason]) => reason));
  const notes = [...reasons].map((reason) => `skipped: ${reason}`);
  return { passed: number("tests") - failed - skipped, failed, skipped, notes };
}
