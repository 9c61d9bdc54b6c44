import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, with a trailing separator. */
export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** A file as the checkers see it: `path` is relative to the repository, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Folders that hold what a tool made, what others wrote, or what a run left. */
const FOREIGN = new Set([
  "node_modules",
  "dist",
  "coverage",
  "third_party",
  "gen",
  "generated",
  "data",
  ".git",
  ".turbo",
  ".cache",
  ".venv",
]);

/** Those whose name alone says too little. */
const FOREIGN_PATHS = new Set(["docs/reference"]);

/** Every hand-written file whose name ends with one of `extensions`, sorted by path. */
export function handwrittenFiles(...extensions: string[]): SourceFile[] {
  const found: SourceFile[] = [];
  walk(REPOSITORY, extensions, found);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function walk(folder: string, extensions: readonly string[], found: SourceFile[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    const path = relative(REPOSITORY, file).split(sep).join("/");
    if (entry.isDirectory()) {
      if (!FOREIGN.has(entry.name) && !FOREIGN_PATHS.has(path)) walk(file, extensions, found);
    } else if (entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension))) {
      found.push({ path, text: readFileSync(file, "utf8") });
    }
  }
}

/** Whether a path is a test, a case suite, or a helper of tests: they follow fewer rules. */
export function isTestFile(path: string): boolean {
  return /\.(test|cases)\.ts$/.test(path) || path.startsWith("test/") || path.includes("/src/testing/");
}
