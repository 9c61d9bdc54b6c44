import { isWellFormed } from "../metadata/utf8.js";

/** The result of reading quoted text: its value and the unit after the closing quote, or what is wrong and where. */
export type QuotedText =
  | { readonly value: string; readonly end: number }
  | { readonly problem: string; readonly position: number };

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["f", "\f"],
  ["/", "/"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["`", "`"],
]);

/** `\uXXXX` as in JSON, or `\u{X}` with one to six digits. */
const UNICODE_ESCAPE = /u(?:([0-9A-Fa-f]{4})|\{([0-9A-Fa-f]{1,6})\})/y;

/**
 * Reads quoted text. The quote itself is written twice, as in SQL, or after a backslash; the escapes are JSON's.
 *
 * @param start  position of the opening quote: `'`, `"` or a backtick
 */
export function readQuoted(text: string, start: number): QuotedText {
  const quote = text.charAt(start);
  let value = "";
  let position = start + 1;
  while (position < text.length) {
    const unit = text.charAt(position);
    if (unit === quote) {
      if (text.charAt(position + 1) !== quote) return finish(value, start, position + 1);
      value += quote;
      position += 2;
    } else if (unit === "\\") {
      const escaped = readEscape(text, position);
      if ("problem" in escaped) return escaped;
      value += escaped.value;
      position = escaped.end;
    } else {
      value += unit;
      position += 1;
    }
  }
  return { problem: `this quote is never closed; expected another ${quote}`, position: start };
}

/** Writes text so that `readQuoted` reads it back; control characters are escaped, so it stays on one line. */
export function writeQuoted(text: string, quote: "'" | "`"): string {
  const escaped = text.replace(/[\\\p{Cc}\p{Zl}\p{Zp}]/gu, (unit) => {
    if (unit === "\\") return "\\\\";
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `${quote}${escaped.replaceAll(quote, `\\${quote}`)}${quote}`;
}

function readEscape(text: string, position: number): QuotedText {
  const simple = SIMPLE_ESCAPES.get(text.charAt(position + 1));
  if (simple !== undefined) return { value: simple, end: position + 2 };
  UNICODE_ESCAPE.lastIndex = position + 1;
  const match = UNICODE_ESCAPE.exec(text);
  const codePoint = Number.parseInt(match?.[1] ?? match?.[2] ?? "", 16);
  // NaN, when nothing matched, fails the comparison as well.
  if (match === null || !(codePoint <= 0x10ffff)) {
    return {
      problem: "unknown escape; allowed are \\n \\r \\t \\b \\f \\/ \\\\ \\' \\\" \\` \\uXXXX \\u{X}",
      position,
    };
  }
  return { value: String.fromCodePoint(codePoint), end: position + 1 + match[0].length };
}

function finish(value: string, start: number, end: number): QuotedText {
  if (isWellFormed(value)) return { value, end };
  return { problem: "this text holds half of a surrogate pair; escape both halves", position: start };
}
