// npm run bench                       lists the benchmarks
// npm run bench -- NAME [--OPTION VALUE ...]
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Files beside this one. Each has `summary`, `options` (of util.parseArgs, with a `default` and a `doc`), and `run(values)`. */
const BENCHES = [
  "bounds",
  "bundle",
  "churn",
  "client-cost-js",
  "clients",
  "filters",
  "hnswlib",
  "hybrid",
  "lane",
  "large",
  "load",
  "namespaces",
  "peers",
  "recall",
  "stalls",
  "startup",
  "threads",
];

const [name, ...args] = process.argv.slice(2);
if (!BENCHES.includes(name)) {
  await list();
  process.exitCode = name === undefined ? 0 : 1;
} else {
  const bench = await import(`./${name}.mjs`);
  const { values } = parseArgs({ args, options: bench.options });
  build();
  await bench.run(values);
}

/** Benchmarks measure what is shipped. */
function build() {
  const turbo = fileURLToPath(new URL("../../scripts/turbo.mjs", import.meta.url));
  execFileSync(process.execPath, [turbo, "build"], { stdio: "inherit" });
}

async function list() {
  if (name !== undefined) console.error(`there is no benchmark "${name}"`);
  for (const title of BENCHES) {
    const { summary, options } = await import(`./${title}.mjs`);
    console.log(`npm run bench -- ${title}\n  ${summary}`);
    for (const [option, { default: value, doc }] of Object.entries(options))
      console.log(`  --${option} (${value})  ${doc}`);
    console.log();
  }
}
