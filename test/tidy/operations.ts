import type { SourceFile } from "./tree.js";
import { lineAt, type Violation } from "./violation.js";

/** A name that operators meet, and where the source defines it. */
export interface DefinedName {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Every first group that `pattern` (with the flag `g`) finds in a file, each name once.
 *
 * @throws Error when it finds none: then the source has moved, and the check would pass for nothing
 */
export function namesIn(file: SourceFile, pattern: RegExp): DefinedName[] {
  const found = new Map<string, DefinedName>();
  for (const match of file.text.matchAll(pattern)) {
    const name = match[1]!;
    if (!found.has(name)) found.set(name, { name, file: file.path, line: lineAt(file.text, match.index) });
  }
  if (found.size === 0)
    throw new Error(`${file.path} has nothing like ${pattern}; correct test/tidy/operations.test.ts`);
  return [...found.values()];
}

/** Names that a page does not show as code. A metric or setting may be followed by its labels or its value. */
export function checkDocumented(names: readonly DefinedName[], page: SourceFile): Violation[] {
  const shown = new Set([...page.text.matchAll(/`([\w.-]+)[^`\n]*`/g)].map((match) => match[1]));
  return names
    .filter(({ name }) => !shown.has(name))
    .map(({ name, file, line }) => ({
      file,
      line,
      message: `${name} is not in ${page.path}`,
      fix: `describe \`${name}\` there`,
    }));
}
