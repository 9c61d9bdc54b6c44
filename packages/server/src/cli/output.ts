import { ConfigError } from "../config.js";

/** How a command prints. */
export type OutputFormat = "table" | "json";

/**
 * The format that `--output` names, or else what fits the reader: a table for people, JSON for programs.
 *
 * @throws ConfigError
 */
export function outputFormat(flag: string | undefined): OutputFormat {
  if (flag === undefined) return process.stdout.isTTY ? "table" : "json";
  if (flag === "table" || flag === "json") return flag;
  throw new ConfigError(`--output is ${flag}; allowed: table, json`);
}

/** Columns as wide as their widest cell, two spaces apart, a line for each row. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((row) => row.map(withoutControls));
  const widths = head.map((_, column) => Math.max(...lines.map((row) => row[column]?.length ?? 0)));
  return lines
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}

/** What others have named must not steer the terminal. */
function withoutControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
