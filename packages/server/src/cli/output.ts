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

/**
 * Prints a result: as one line of JSON, or as the text for people.
 *
 * @param flag  the value of `--output`
 * @param json  what programs get
 * @param table makes the text that people get, with a line break at its end
 * @returns     0, the exit status
 */
export function printResult(flag: string | undefined, json: unknown, table: () => string): 0 {
  process.stdout.write(outputFormat(flag) === "json" ? `${JSON.stringify(json)}\n` : table());
  return 0;
}

/** Columns as wide as their widest cell, two spaces apart, a line for each row. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((row) => row.map(withoutControls));
  const widths = head.map((_, column) => lines.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0));
  return lines
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}

/** Names and their values, one a line, the values below each other. */
export function factsText(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts
    .map(([name, value]) => `${name.padEnd(width)}  ${withoutControls(value)}`.trimEnd())
    .join("\n")
    .concat("\n");
}

/** What others have named must not steer the terminal. */
export function withoutControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
