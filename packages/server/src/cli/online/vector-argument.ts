import { readFileSync } from "node:fs";
import { ConfigError } from "../../config.js";
import { isVectorFile, openVectorFile } from "../formats/vector-file.js";

/** Numbers as people write them: a JSON array, or separated by commas or blanks. */
export function parseVector(text: string, what: string): number[] {
  const body = text.trim().replace(/^\[/, "").replace(/\]$/, "");
  const numbers = body
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map(Number);
  if (numbers.length > 0 && numbers.every((number) => Number.isFinite(number))) return numbers;
  throw new ConfigError(`${what} is no vector; allowed: numbers, such as [0.1, 0.2] or 0.1,0.2`);
}

/**
 * The vector of a query in a file: .npy, .fvecs, or numbers as text; `-` is standard input, as text.
 *
 * @param row  position in a file of several vectors, from 0; undefined where there must be one only
 * @throws ConfigError; the system's error when it cannot be read
 */
export function readVectorFile(path: string, row: number | undefined): Float32Array | number[] {
  if (path !== "-" && isVectorFile(path)) return vectorOfFile(path, row);
  const lines = readFileSync(path === "-" ? 0 : path, "utf8").trim();
  // One vector may fill several lines; several vectors are one a line, which `row` chooses from.
  if (row === undefined) return parseVector(lines, path);
  const line = lines.split("\n")[row];
  if (line === undefined) throw new ConfigError(`--row is ${row}; ${path} has ${lines.split("\n").length} lines`);
  return parseVector(line, `line ${row + 1} of ${path}`);
}

function vectorOfFile(path: string, row: number | undefined): Float32Array {
  const file = openVectorFile(path);
  try {
    if (row === undefined && file.count !== 1) {
      throw new ConfigError(`${path} has ${file.count} vectors: choose one by --row, 0..${file.count - 1}`);
    }
    if ((row ?? 0) >= file.count) throw new ConfigError(`--row is ${row}; allowed: 0..${file.count - 1}`);
    return file.at(row ?? 0);
  } finally {
    file.close();
  }
}
