// The reference of the API, from the docstrings: `npm run reference` writes it below docs/reference, one folder a part.
// `node scripts/reference.mjs [PART...] [--out FOLDER]` writes some of the parts, or elsewhere. What a part needs and is
// missing leaves it out, or fails where CI=true.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { INSTALL_PYTHON, PYTHON_CLIENT, toolsVenv } from "./python-venv.mjs";
import { INSTALL_GO } from "./test-go.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TYPEDOC = join(ROOT, "node_modules/typedoc/bin/typedoc");
const IN_CI = process.env.CI === "true" || process.env.CI === "1";

/** What there is to write. Each writes index.html into a folder, and what that needs; it answers how to get what it lacks, if it does. */
const PARTS = {
  javascript: (folder) => writeTypedoc("packages/client-js", folder),
  engine: (folder) => writeTypedoc("packages/engine", folder),
  python: writePython,
  go: writeGo,
};

function writeTypedoc(of, folder) {
  run(process.execPath, [TYPEDOC, "--logLevel", "Warn", "--out", folder], { cwd: join(ROOT, of) });
}

function writePython(folder) {
  const interpreter = toolsVenv();
  if (interpreter === undefined) return `python3 is missing; install it: ${INSTALL_PYTHON}`;
  // Without the sources in front an installed package could be described in their place.
  const env = { ...process.env, PYTHONPATH: join(PYTHON_CLIENT, "src") };
  run(interpreter, ["scripts/reference.py", folder], { cwd: PYTHON_CLIENT, env });
}

function writeGo(folder) {
  if (spawnSync("go", ["version"]).status !== 0) return `go is missing; install it: ${INSTALL_GO}`;
  const page = run("go", ["run", "./internal/reference"], { cwd: join(ROOT, "clients/go") });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.html"), page);
}

/** Runs a command. @returns what it prints */
function run(command, args, options) {
  const { status, error, stdout } = spawnSync(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  if (status === 0) return stdout;
  process.stderr.write(stdout ?? "");
  throw error ?? new Error(`${command} ${args.join(" ")} exited with ${status}`);
}

function main() {
  const { values, positionals } = parseArgs({
    options: { out: { type: "string", default: join(ROOT, "docs/reference") } },
    allowPositionals: true,
  });
  for (const name of positionals) {
    if (!(name in PARTS)) throw new Error(`there is no part ${name}; use ${Object.keys(PARTS).join(", ")}`);
  }
  for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
    const folder = resolve(values.out, name);
    rmSync(folder, { recursive: true, force: true });
    const missing = PARTS[name](folder);
    if (missing !== undefined && IN_CI) throw new Error(missing);
    console.log(missing ? `left out ${name}: ${missing}` : `wrote ${join(relative("", folder), "index.html")}`);
  }
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
