import { readQuoted, writeQuoted } from "./quoted.js";

/** A path as it was read, and the unit after it, or what is wrong and where. */
export type PathText =
  | { readonly path: readonly string[]; readonly end: number }
  | { readonly problem: string; readonly position: number };

/** A name that needs no backticks. After a dot it may begin with a digit, since no number can stand there. */
const FIRST_NAME = /[\p{L}_][\p{L}\p{M}\p{N}_-]*/uy;
const LATER_NAME = /[\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]*/uy;
const WHOLE_FIRST_NAME = new RegExp(`^${FIRST_NAME.source}$`, "u");
const WHOLE_LATER_NAME = new RegExp(`^${LATER_NAME.source}$`, "u");

/**
 * Words that a path in a filter string cannot consist of or begin with, unless in backticks.
 * `timestamp` is absent: it is a common name, and only stands for a time before a string.
 */
const KEYWORDS: ReadonlySet<string> = new Set(
  "AND OR NOT IN CONTAINS STARTSWITH EXISTS IS NULL BETWEEN TRUE FALSE".split(" "),
);

/**
 * Reads names joined by dots, without spaces; a name in backticks may hold anything.
 *
 * @param start  position of the first name, which begins with a letter, `_` or a backtick
 */
export function readPath(text: string, start: number): PathText {
  const path: string[] = [];
  let position = start;
  for (;;) {
    const name = readName(text, position, path.length === 0 ? FIRST_NAME : LATER_NAME);
    if ("problem" in name) return name;
    path.push(name.value);
    if (text.charAt(name.end) !== ".") return { path, end: name.end };
    position = name.end + 1;
  }
}

/**
 * Reads a key of the JSON form, where a name may hold anything but dots, and a name in backticks those too.
 */
export function parseKeyPath(key: string): PathText {
  const path: string[] = [];
  let position = 0;
  for (;;) {
    const name = readKeyName(key, position);
    if ("problem" in name) return name;
    path.push(name.value);
    if (name.end >= key.length) return { path, end: key.length };
    if (key.charAt(name.end) !== ".") return { problem: "has text after the closing backtick", position: name.end };
    position = name.end + 1;
  }
}

/** Writes a path so that `readPath` reads it back and no keyword is mistaken for it. */
export function formatPath(path: readonly string[]): string {
  const names = path.map((name, i) => {
    const plain = i === 0 ? WHOLE_FIRST_NAME.test(name) && keywordOf(name) === undefined : WHOLE_LATER_NAME.test(name);
    return plain ? name : writeQuoted(name, "`");
  });
  return names.join(".");
}

/**
 * The keyword that a bare word stands for, in upper case.
 *
 * The case of ASCII only is folded: `toUpperCase` also turns U+0131 into I, and a name into a keyword.
 */
export function keywordOf(word: string): string | undefined {
  if (!/^[A-Za-z]+$/.test(word)) return undefined;
  const upper = word.toUpperCase();
  return KEYWORDS.has(upper) ? upper : undefined;
}

function readName(text: string, position: number, pattern: RegExp): ReturnType<typeof readQuoted> {
  if (text.charAt(position) === "`") return readQuoted(text, position);
  pattern.lastIndex = position;
  const match = pattern.exec(text);
  if (match === null) return { problem: "expected a name after the dot; odd names go in backticks", position };
  return { value: match[0], end: position + match[0].length };
}

function readKeyName(key: string, position: number): ReturnType<typeof readQuoted> {
  if (key.charAt(position) === "`") return readQuoted(key, position);
  const dot = key.indexOf(".", position);
  const end = dot < 0 ? key.length : dot;
  if (end === position) return { problem: "has an empty name; write it as ``", position };
  return { value: key.slice(position, end), end };
}
