// What a figure must say beside itself, and where it is kept.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Peers, truths, data and results; git ignores it. */
export const CACHE = join(REPOSITORY, ".cache/bench");

/** Command, commit, processor and versions of this run. */
export function conditions() {
  return {
    command: ["npm run bench --", ...process.argv.slice(2)].join(" "),
    commit: commit(),
    processor: `${cpus()[0]?.model.trim()}, ${cpus().length} cores`,
    node: process.version,
    date: new Date().toISOString(),
  };
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
