// Makes all generated code: `npm run gen`. Needs no network, save for Go's plugins the first time. What needs a program that is
// missing stays as it is, with a line that says so; with CI=true that is an error.
//   node scripts/gen.mjs             messages and services from proto/, and the search core
//   node scripts/gen.mjs --baseline  also the image that `buf breaking` compares with: only after a release
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. Every command runs here: paths in the templates and in buf.yaml are relative to it. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Messages as released, for `buf breaking`. */
export const BASELINE = "proto/baseline.binpb";

/** One template for each folder of generated messages; `needs` names a program that its plugins take. */
const TARGETS = [
  { template: "proto/buf.gen.server.yaml", out: "packages/server/src/gen" },
  { template: "proto/buf.gen.client-js.yaml", out: "packages/client-js/src/gen" },
  { template: "proto/buf.gen.client-js-tests.yaml", out: "packages/client-js/src/testing/gen" },
  { template: "proto/buf.gen.engine.yaml", out: "packages/engine/src/gen" },
  {
    template: "proto/buf.gen.client-go.yaml",
    out: "clients/go/internal/gen",
    needs: "go",
    install: "https://go.dev/dl",
  },
];

/** Runs `command` in the repository; returns its exit status. */
function run(command, args) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: "inherit" });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

/** Runs buf with `args` in the repository; returns its exit status. */
export function buf(...args) {
  return run(join(ROOT, "node_modules/.bin/buf"), args);
}

/** Every file below the folder `root`/`folder`: path from `root` -> content. No folder, no files. */
export function readFolder(root, folder) {
  const files = new Map();
  if (!existsSync(join(root, folder))) return files;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) for (const [inner, content] of readFolder(root, path)) files.set(inner, content);
    else files.set(path, readFileSync(join(root, path)));
  }
  return files;
}

/** Paths whose content is not the same in both, sorted; a file that only one of them has counts. */
export function differingPaths(a, b) {
  const paths = new Set([...a.keys(), ...b.keys()]);
  return [...paths].filter((path) => !(a.has(path) && b.has(path) && a.get(path).equals(b.get(path)))).sort();
}

/** The targets whose programs are here. */
const targets = lazily(() => TARGETS.filter(isPossible));

function isPossible({ out, needs, install }) {
  if (needs === undefined || isOnPath(needs)) return true;
  const message = `${out} is left as it is: ${needs} is missing; install it: ${install}`;
  if (process.env.CI === "true") throw new Error(message);
  console.error(message);
  return false;
}

function isOnPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function lazily(make) {
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

/** The generated messages as committed: path -> content. */
export function readMessages(root = ROOT) {
  return new Map(targets().flatMap(({ out }) => [...readFolder(root, out)]));
}

/** The generated messages as they should be: path -> content. Writes nothing into the repository. */
export function generateMessages() {
  const folder = mkdtempSync(join(tmpdir(), "vecstore-gen-"));
  try {
    for (const { template, out } of targets()) {
      const status = buf("generate", "--template", template, "--output", folder);
      if (status !== 0) throw new Error(`buf generate failed for ${out}; see above`);
    }
    return readMessages(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Builds the search core in place. */
export function generateCore() {
  const script = join(ROOT, "scripts/build-core.mjs");
  if (!existsSync(script)) return;
  if (run(process.execPath, [script]) !== 0) throw new Error("scripts/build-core.mjs failed; see above");
}

/** Removes stale files and writes changed ones; equal files stay untouched, so that builds beside this one go on. */
function writeMessages(messages) {
  for (const path of differingPaths(readMessages(), messages)) {
    const content = messages.get(path);
    if (content === undefined) {
      rmSync(join(ROOT, path));
    } else {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true });
      writeFileSync(join(ROOT, path), content);
    }
  }
}

function main(args) {
  for (const arg of args) if (arg !== "--baseline") throw new Error(`unknown argument ${arg}; allowed: --baseline`);
  writeMessages(generateMessages());
  generateCore();
  if (!args.includes("--baseline")) return;
  const status = buf("build", "proto", "-o", BASELINE, "--exclude-source-info");
  if (status !== 0) throw new Error("buf build failed; see above");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
