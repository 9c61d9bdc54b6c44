// What a figure must say beside itself, and where it is kept.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Peers, truths, data and results; git ignores it. */
export const CACHE = join(REPOSITORY, ".cache/bench");

/** What is published, with its plots: part of the repository. */
const PUBLISHED = join(REPOSITORY, "docs/benchmarks");

/** Command, commit, processor and versions of this run. */
export function conditions() {
  return {
    command: ["npm run bench --", ...process.argv.slice(2)].join(" "),
    commit: commit(),
    processor: `${cpus()[0]?.model.trim()}, ${cpus().length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}, transparent huge pages ${hugePages()}`,
    node: process.version,
    /** Processes that wanted to run in the last minute: far above 1 before a run, others share the machine. */
    load: loadavg()[0],
    date: new Date().toISOString(),
  };
}

/** V8 asks for none, so they come with `always` only; every engine of a run has the same setting. */
function hugePages() {
  try {
    return /\[(\w+)\]/.exec(readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8"))[1];
  } catch {
    return "unknown";
  }
}

function commit() {
  const git = (...args) =>
    execFileSync("git", args, { cwd: REPOSITORY, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain") === "" ? "" : " with changes");
  } catch {
    return "not committed";
  }
}

/** Prints the conditions, keeps everything as JSON, and says where. */
export function saveResult(bench, result) {
  const all = { bench, ...conditions(), ...result };
  const folder = join(CACHE, "results");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${bench}-${all.date.replace(/[:.]/g, "-")}.json`);
  writeFileSync(path, `${JSON.stringify(all, undefined, 2)}\n`);
  console.log(`\n\`${all.command}\`, commit ${all.commit}, ${all.processor}, Node ${all.node}`);
  console.log(`kept in ${relative(REPOSITORY, path)}`);
}

/**
 * Keeps a report: everything as JSON, a page in Markdown, and the plots that it shows.
 *
 * @param {object} report
 * @param {string} report.slug      names the files
 * @param {string} report.title
 * @param {ReturnType<typeof conditions>} report.conditions  of the start of the run
 * @param {object} report.result
 * @param {string[]} report.sections  Markdown
 * @param {Record<string, string>} report.plots  SVG by the end of its file's name
 * @param {"cache" | "docs"} where
 */
export function saveReport({ slug, title, conditions: of, result, sections, plots }, where) {
  const folder = where === "docs" ? PUBLISHED : join(CACHE, "results");
  mkdirSync(folder, { recursive: true });
  const write = (name, content) => writeFileSync(join(folder, `${slug}${name}`), content);
  const images = Object.keys(plots).map((name) => `![${name}](${slug}-${name}.svg)`);
  const page = [`# ${title}`, describeConditions(of), ...images, ...sections, `[All figures](${slug}.json)`];
  for (const [name, svg] of Object.entries(plots)) write(`-${name}.svg`, svg);
  write(".json", `${JSON.stringify({ ...of, ...result }, undefined, 1)}\n`);
  write(".md", `${page.join("\n\n")}\n`);
  console.log(`\n${[...sections, describeConditions(of)].join("\n\n")}`);
  console.log(`kept in ${relative(REPOSITORY, join(folder, slug))}.{md,json,svg}`);
}

function describeConditions({ command, commit: at, processor, memory, system, node, load, date }) {
  const machine = `${processor}, ${memory}, ${system}, Node ${node}, load ${load.toFixed(1)} at the start`;
  return `\`${command}\`, commit ${at}, ${date.slice(0, 10)}: ${machine}`;
}

/** A markdown table. @param {string[]} heads @param {(string | number)[][]} rows */
export function table(heads, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A whole number with commas, or a dash for what is not a number. */
export function whole(value) {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en-US") : "-";
}

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
