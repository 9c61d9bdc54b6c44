import type { VecstoreError } from "../errors.js";
import { quoteExcerpt } from "../metadata/describe.js";
import { filterTextError } from "./filter-error.js";
import { keywordOf, readPath } from "./path.js";
import { readQuoted } from "./quoted.js";

/** Operators and brackets; `==` and `<>` are read as `=` and `!=`. */
export type SymbolText = "=" | "!=" | ">" | ">=" | "<" | "<=" | "(" | ")" | "[" | "]" | ",";

/** One token. `position` is the UTF-16 unit at which it begins. */
export type Token = { readonly position: number } & (
  | { readonly kind: "symbol"; readonly symbol: SymbolText }
  | { readonly kind: "keyword"; readonly keyword: string }
  | { readonly kind: "path"; readonly path: readonly string[]; readonly source: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "end" }
);

const SPACE = /\s*/y;
const SYMBOL = /==|!=|<>|>=|<=|[=><()[\],]/y;
const NUMBER = /[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What would run into a number or a closing quote, such as the `a` of `1a`. */
const WORD_UNIT = /[\p{L}\p{M}\p{N}_.'"`-]/uy;
const NAME_START = /[\p{L}_`]/uy;

/** Reads a filter string token by token, so that the first error from the left is the one that is reported. */
export class Lexer {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Reads the next token; at the end it returns the end again and again.
   *
   * @throws VecstoreError INVALID_FILTER at the unit that begins no token
   */
  next(): Token {
    this.#position += this.#match(SPACE)?.length ?? 0;
    const position = this.#position;
    if (position === this.#text.length) return { kind: "end", position };
    const unit = this.#text.charAt(position);
    if (unit === "'" || unit === '"') return this.#string(position);
    if (this.#match(NAME_START) !== undefined) return this.#name(position);
    const number = this.#match(NUMBER);
    if (number !== undefined) return this.#number(position, number);
    const symbol = this.#match(SYMBOL);
    if (symbol === undefined) throw this.error(position, unexpectedCharacter(this.#text, position));
    this.#position += symbol.length;
    return { kind: "symbol", symbol: canonical(symbol), position };
  }

  error(position: number, problem: string): VecstoreError {
    return filterTextError(this.#text, position, problem);
  }

  #string(position: number): Token {
    const read = readQuoted(this.#text, position);
    if ("problem" in read) throw this.error(read.position, read.problem);
    this.#position = read.end;
    this.#refuseRunOn("a string");
    return { kind: "string", value: read.value, position };
  }

  #name(position: number): Token {
    const read = readPath(this.#text, position);
    if ("problem" in read) throw this.error(read.position, read.problem);
    this.#position = read.end;
    const source = this.#text.slice(position, read.end);
    const keyword = keywordOf(source);
    if (keyword !== undefined) return { kind: "keyword", keyword, position };
    return { kind: "path", path: read.path, source, position };
  }

  #number(position: number, source: string): Token {
    this.#position += source.length;
    this.#refuseRunOn("a number");
    if (/^[+-]?0\d/.test(source)) {
      throw this.error(position, "a number has no leading zeros; to compare with a string, quote it");
    }
    const value = Number(source);
    if (!Number.isFinite(value)) throw this.error(position, "this number is beyond the range of a double");
    // Adding 0 turns -0 into 0: the two are equal, and one filter should have one form.
    return { kind: "number", value: value + 0, position };
  }

  #refuseRunOn(what: string): void {
    const unit = this.#match(WORD_UNIT);
    if (unit === undefined) return;
    throw this.error(
      this.#position,
      `unexpected ${quoteExcerpt(unit)} directly after ${what}; expected a space or an operator`,
    );
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    return pattern.exec(this.#text)?.[0];
  }
}

/** Names a token for a message. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "symbol":
      return quoteExcerpt(token.symbol);
    case "keyword":
      return token.keyword;
    case "path":
      return `the name ${quoteExcerpt(token.source)}`;
    case "string":
      return "a string";
    case "number":
      return "a number";
    case "end":
      return "the end of the filter";
  }
}

function canonical(symbol: string): SymbolText {
  if (symbol === "==") return "=";
  return (symbol === "<>" ? "!=" : symbol) as SymbolText;
}

function unexpectedCharacter(text: string, position: number): string {
  const codePoint = text.codePointAt(position) ?? 0;
  const hex = codePoint.toString(16).toUpperCase().padStart(4, "0");
  return `unexpected character ${quoteExcerpt(String.fromCodePoint(codePoint))} (U+${hex})`;
}
