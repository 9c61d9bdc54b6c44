import { VecstoreError } from "../errors.js";

/** Code units of the line that a message shows on each side of the error. */
const EXCERPT_UNITS = 40;

/**
 * The error of a filter string: what is wrong, where, and the line with a caret below the place.
 *
 * @param text      the whole filter
 * @param position  zero-based UTF-16 unit in `text`; its length for the end
 * @param problem   what was got and what was expected
 * @returns         INVALID_FILTER with details `position`, and `line` (from 1) when the text has several
 */
export function filterTextError(text: string, position: number, problem: string): VecstoreError {
  const lines = text.slice(0, position).split("\n");
  const column = lines[lines.length - 1]?.length ?? 0;
  const several = text.includes("\n");
  const where = several ? `line ${lines.length}, position ${position}` : `position ${position}`;
  const message = `invalid filter at ${where}: ${problem}\n${excerpt(text, position, column)}`;
  const details = { position: String(position), ...(several ? { line: String(lines.length) } : {}) };
  return new VecstoreError("INVALID_FILTER", message, details);
}

/**
 * The error of a filter that came as a tree or as JSON.
 *
 * @param path  of the part that is wrong, such as `filter.operands[1].value`
 */
export function filterPathError(path: string, problem: string): VecstoreError {
  return new VecstoreError("INVALID_FILTER", `invalid filter: ${path} ${problem}`, { path });
}

/** Two lines: the surroundings of the error, and a caret under it. One column is one code point. */
function excerpt(text: string, position: number, column: number): string {
  const lineEnd = text.indexOf("\n", position);
  const end = Math.min(lineEnd < 0 ? text.length : lineEnd, position + EXCERPT_UNITS);
  const start = position - Math.min(column, EXCERPT_UNITS);
  const head = column > EXCERPT_UNITS ? "…" : "";
  const before = printable(text.slice(start, position));
  const shown = `${head}${before}${printable(text.slice(position, end))}`;
  return `  ${shown}\n  ${" ".repeat([...head, ...before].length)}^`;
}

/** Control characters, halves of pairs that the cut made, and other marks without a width would move the caret. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, " ");
}
