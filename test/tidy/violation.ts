/** One broken rule: where, what, and how to put it right. */
export interface Violation {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly fix: string;
}

/** One line per violation, for an assertion that compares with an empty list. */
export function describeViolations(violations: readonly Violation[]): string[] {
  return violations.map(({ file, line, message, fix }) => `${file}:${line} ${message}. Fix: ${fix}.`);
}

/** The line, from 1, of a character position. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < position; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
