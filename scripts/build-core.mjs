// Compiles the search core (packages/engine/assembly) and the builder worker into committed TypeScript files.
// `--check` compares instead of writing. The output depends on the sources and the pinned compilers only.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { buildSync } from "esbuild";

const engine = join(dirname(fileURLToPath(import.meta.url)), "..", "packages", "engine");
const generated = join(engine, "src", "core", "generated");
const BUILDS = { "core-shared": ["--sharedMemory", "--maximumMemory", "65536"], "core-unshared": [] };

const BASE_FLAGS = [
  "--runtime",
  "stub",
  "--importMemory",
  "--initialMemory",
  "1",
  "--noAssert",
  "--use",
  "abort=",
  "--noColors",
  "--enable",
  "simd",
  "--enable",
  "bulk-memory",
  "--enable",
  "threads",
  "-O3",
  "--converge",
];

/** The bytes of one build of the core. */
async function compileCore(flags) {
  const scratch = mkdtempSync(join(tmpdir(), "vecstore-core-"));
  try {
    const wasm = join(scratch, "core.wasm");
    const args = ["assembly/index.ts", ...BASE_FLAGS, ...flags, "--baseDir", engine, "--outFile", wasm];
    const { error, stderr } = await asc.main(args);
    if (error) throw new Error(`assemblyscript: ${error.message}\n${stderr.toString()}`);
    return readFileSync(wasm);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The worker as one script: it is started from a string, so it works from sources, bundles and dist alike. */
function compileWorker() {
  const result = buildSync({
    entryPoints: [join(engine, "src", "core", "worker-main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
    minifySyntax: true,
    charset: "ascii",
    absWorkingDir: engine,
    tsconfigRaw: {},
  });
  return result.outputFiles[0].text;
}

const banner = "// Written by scripts/build-core.mjs; do not edit. To write it again: npm run gen\n";

async function outputs() {
  const files = {};
  for (const [name, flags] of Object.entries(BUILDS)) {
    const base64 = (await compileCore(flags)).toString("base64");
    files[`${name}.ts`] = `${banner}/** WebAssembly, base64. */\nexport const WASM_BASE64 =\n  "${base64}";\n`;
  }
  const source = JSON.stringify(compileWorker());
  files["worker-source.ts"] =
    `${banner}/** CommonJS script of the builder worker. */\nexport const WORKER_SOURCE: string =\n  ${source};\n`;
  return files;
}

const check = process.argv.includes("--check");
let stale = false;
mkdirSync(generated, { recursive: true });
for (const [name, text] of Object.entries(await outputs())) {
  const path = join(generated, name);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (check) {
    console.error(`packages/engine/src/core/generated/${name} differs from its sources; run: npm run gen`);
    stale = true;
  } else {
    writeFileSync(path, text);
    console.log(`wrote packages/engine/src/core/generated/${name} (${text.length} characters)`);
  }
}
process.exitCode = stale ? 1 : 0;
