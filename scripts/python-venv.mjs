// Virtual environments for the Python client: inside the repository, ignored by git, installed from pinned requirements only when these
// changed. `node scripts/python-venv.mjs COMMAND...` runs a command of the one with all tools, in clients/python.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The client. */
export const PYTHON_CLIENT = join(ROOT, "clients/python");

/** How to get what is missing. */
export const INSTALL_PYTHON = "apt-get install -y python3 python3-venv";

/** The second number of the oldest Python 3 that the client runs on. */
const MINOR_MIN = 10;

const PROBE = "import sys, venv, ensurepip; print(sys.version_info[0], sys.version_info[1], sys.executable)";

/**
 * The Pythons that are there, one of each minor version that the client runs on; first the one that `python3` means.
 *
 * @returns {{ version: string, path: string }[]}
 */
export function findPythons() {
  const found = new Map();
  for (const command of ["python3", ...numbered(), ...ofPyenv()]) {
    const { status, stdout } = spawnSync(command, ["-c", PROBE], { encoding: "utf8" });
    const [, minor, path] = /^3 (\d+) (.+)$/m.exec(status === 0 ? stdout : "") ?? [];
    if (Number(minor) >= MINOR_MIN && !found.has(minor)) found.set(minor, { version: `3.${minor}`, path });
  }
  return [...found.values()];
}

/**
 * Makes an environment, or finds it as it was made.
 *
 * @param python        one of `findPythons`
 * @param requirements  a file of clients/python
 * @returns the path of its interpreter
 */
export function ensureVenv(python, requirements) {
  const text = readFileSync(join(PYTHON_CLIENT, requirements), "utf8");
  const stamp = createHash("sha256").update(`${python.path}\n${text}`).digest("hex");
  const folder = join(ROOT, ".cache/python", `${python.version}-${requirements.replace(/\.txt$/, "")}`);
  const stampFile = join(folder, "stamp");
  const interpreter = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return interpreter;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(python.path, ["-m", "venv", folder]);
  run(interpreter, ["-m", "pip", "install", "--quiet", "-r", join(PYTHON_CLIENT, requirements)]);
  // Last, so that an environment that broke off is made anew.
  writeFileSync(stampFile, stamp);
  return interpreter;
}

/** The environment with all tools; undefined where there is no Python. */
export function toolsVenv() {
  const [python] = findPythons();
  return python && ensureVenv(python, "requirements-dev.txt");
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(" ")} exited with ${status}`);
}

function numbered() {
  return Array.from({ length: 10 }, (_, at) => `python3.${MINOR_MIN + at}`);
}

/** Where pyenv keeps versions that no command names. */
function ofPyenv() {
  const folder = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((version) => join(folder, version, "bin/python3"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const interpreter = toolsVenv();
  if (interpreter === undefined) {
    console.error(`python3 of 3.${MINOR_MIN} or later, with venv, is missing; install it: ${INSTALL_PYTHON}`);
    process.exit(1);
  }
  const bin = join(interpreter, "..");
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const [command, ...args] = process.argv.slice(2);
  process.exit(spawnSync(command, args, { cwd: PYTHON_CLIENT, env, stdio: "inherit" }).status ?? 1);
}
