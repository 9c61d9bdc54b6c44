import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import { describeValue } from "../metadata/describe.js";
import { parseRfc3339 } from "../metadata/rfc3339.js";
import { utf8Length } from "../metadata/utf8.js";
import type { ComparisonOperator, Filter, FilterValue } from "../model/filter.js";
import { depthProblem, FilterBudget } from "./budget.js";
import { describeToken, Lexer, type SymbolText, type Token } from "./lexer.js";
import { orderProblem, rangeProblem } from "./values.js";

/**
 * Parses a filter string; docs/filters.md holds the grammar.
 *
 * @param text  at most `LIMITS.filterBytesMax` bytes of UTF-8
 * @throws VecstoreError INVALID_FILTER with the position and what was expected there
 * Cost: linear in the string, which is bounded.
 */
export function parseFilter(text: string): Filter {
  if (typeof text !== "string") {
    throw new VecstoreError("INVALID_FILTER", `invalid filter: expected a string, got ${describeValue(text)}`);
  }
  const bytesMax = LIMITS.filterBytesMax;
  // No string of more units than bytes allowed needs counting.
  if (text.length > bytesMax || utf8Length(text) > bytesMax) {
    const message = `invalid filter: it is longer than ${bytesMax} bytes of UTF-8`;
    throw new VecstoreError("INVALID_FILTER", message, { bytesMax: String(bytesMax) });
  }
  return new Parser(text).parse();
}

/** A filter and its levels: a comparison is 1. */
interface Parsed {
  readonly filter: Filter;
  readonly depth: number;
}

const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", ">", ">=", "<", "<="]);
const KEYWORD_OPERATORS: ReadonlySet<string> = new Set("IN NOT CONTAINS STARTSWITH EXISTS IS BETWEEN".split(" "));
const OPERATORS = "=, !=, >, >=, <, <=, IN, NOT IN, CONTAINS, STARTSWITH, EXISTS, IS or BETWEEN";

/**
 * Recursive descent with one token of lookahead. `nesting` counts the open parentheses and NOTs, which are all that
 * recurses; the levels of the tree are counted apart, since AND and OR add to them without parentheses.
 */
class Parser {
  readonly #lexer: Lexer;
  readonly #budget = new FilterBudget();
  #token: Token;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
    this.#token = this.#lexer.next();
  }

  parse(): Filter {
    if (this.#atEnd()) throw this.#error("the filter is empty; leave it out to match every record");
    const parsed = this.#parseOr(1);
    if (!this.#atEnd()) throw this.#expected("AND, OR or the end of the filter");
    return parsed.filter;
  }

  #parseOr(nesting: number): Parsed {
    return this.#parseChain("or", () => this.#parseChain("and", () => this.#parseOperand(nesting)));
  }

  /** One operand stands for itself; two and more make one node, so `a AND b AND c` has three operands. */
  #parseChain(kind: "and" | "or", parseOperand: () => Parsed): Parsed {
    const first = parseOperand();
    const operands = [first.filter];
    let depth = first.depth;
    const at = this.#token;
    while (this.#takeKeyword(kind.toUpperCase())) {
      const next = parseOperand();
      operands.push(next.filter);
      depth = Math.max(depth, next.depth);
    }
    return operands.length === 1 ? first : this.#node({ kind, operands }, depth + 1, at);
  }

  #parseOperand(nesting: number): Parsed {
    const at = this.#token;
    this.#refuse(depthProblem(nesting), at);
    if (this.#takeKeyword("NOT")) {
      const { filter, depth } = this.#parseOperand(nesting + 1);
      return this.#node({ kind: "not", operand: filter }, depth + 1, at);
    }
    if (this.#takeSymbol("(")) {
      const inner = this.#parseOr(nesting + 1);
      this.#needSymbol(")", "AND, OR or )");
      return inner;
    }
    this.#refuse(this.#budget.addTerms(1), at);
    return { filter: this.#parseTerm(), depth: 1 };
  }

  #parseTerm(): Filter {
    if (this.#takeKeyword("EXISTS")) return this.#parseExists();
    const path = this.#needPath("a field name, NOT, EXISTS or (");
    const token = this.#token;
    if (token.kind === "symbol" && COMPARISONS.has(token.symbol)) {
      this.#advance();
      return this.#parseComparison(path, token.symbol as ComparisonOperator);
    }
    if (token.kind !== "keyword") throw this.#expected(OPERATORS);
    return this.#parseKeywordTerm(path, token.keyword);
  }

  #parseKeywordTerm(path: readonly string[], keyword: string): Filter {
    if (!KEYWORD_OPERATORS.has(keyword)) throw this.#expected(OPERATORS);
    this.#advance();
    switch (keyword) {
      case "IN":
        return { kind: "in", path, values: this.#parseList() };
      case "NOT":
        this.#needKeyword("IN", "IN; other operators take NOT before the field name");
        return { kind: "not_in", path, values: this.#parseList() };
      case "CONTAINS":
        return { kind: "contains", path, value: this.#parseValue() };
      case "STARTSWITH":
        return { kind: "starts_with", path, prefix: this.#needString("a string") };
      case "EXISTS":
        return { kind: "exists", path };
      case "IS":
        return this.#parseIs(path);
      default:
        return this.#parseBetween(path);
    }
  }

  /** `EXISTS a` and `EXISTS(a)`; `a EXISTS` is read where other operators are. */
  #parseExists(): Filter {
    const parenthesis = this.#takeSymbol("(");
    const path = this.#needPath("a field name");
    if (parenthesis) this.#needSymbol(")", ")");
    return { kind: "exists", path };
  }

  #parseComparison(path: readonly string[], operator: ComparisonOperator): Filter {
    const at = this.#token;
    const value = this.#parseValue();
    if (operator !== "=" && operator !== "!=") this.#refuse(orderProblem(value, operator), at);
    return { kind: "compare", path, operator, value };
  }

  #parseIs(path: readonly string[]): Filter {
    const negated = this.#takeKeyword("NOT");
    this.#needKeyword("NULL", negated ? "NULL" : "NULL or NOT NULL");
    const isNull: Filter = { kind: "is_null", path };
    return negated ? { kind: "not", operand: isNull } : isNull;
  }

  #parseBetween(path: readonly string[]): Filter {
    const lowAt = this.#token;
    const low = this.#parseValue();
    this.#refuse(orderProblem(low, "BETWEEN"), lowAt);
    this.#needKeyword("AND", "AND and the upper end of BETWEEN");
    const highAt = this.#token;
    const high = this.#parseValue();
    this.#refuse(orderProblem(high, "BETWEEN") ?? rangeProblem(low, high), highAt);
    return { kind: "between", path, low, high };
  }

  #parseList(): readonly FilterValue[] {
    this.#needSymbol("[", "a list in square brackets");
    const values: FilterValue[] = [];
    if (this.#takeSymbol("]")) return values;
    do {
      // The first value is the term that the operator was counted as.
      if (values.length > 0) this.#refuse(this.#budget.addTerms(1), this.#token);
      values.push(this.#parseValue());
    } while (this.#takeSymbol(","));
    this.#needSymbol("]", ", or ]");
    return values;
  }

  #parseValue(): FilterValue {
    const token = this.#token;
    if (token.kind === "string" || token.kind === "number") {
      this.#advance();
      return token.value;
    }
    if (this.#takeKeyword("TRUE")) return true;
    if (this.#takeKeyword("FALSE")) return false;
    if (this.#takeKeyword("NULL")) return null;
    if (token.kind === "path" && token.source.toLowerCase() === "timestamp") {
      this.#advance();
      return this.#parseTimestamp();
    }
    const hint = token.kind === "path" ? "; text goes in quotes" : "";
    throw this.#expected(`a string, number, TRUE, FALSE, NULL or timestamp '..'${hint}`);
  }

  #parseTimestamp(): FilterValue {
    const at = this.#token;
    const timestampMs = parseRfc3339(this.#needString("an RFC 3339 time in quotes"));
    if (timestampMs === undefined) {
      throw this.#error("not an RFC 3339 time such as '2026-01-01T00:00:00Z', of the years 0000 to 9999", at);
    }
    return { timestampMs };
  }

  #node(filter: Filter, depth: number, at: Token): Parsed {
    this.#refuse(depthProblem(depth), at);
    return { filter, depth };
  }

  #atEnd(): boolean {
    return this.#token.kind === "end";
  }

  #advance(): void {
    this.#token = this.#lexer.next();
  }

  #takeKeyword(keyword: string): boolean {
    const taken = this.#token.kind === "keyword" && this.#token.keyword === keyword;
    if (taken) this.#advance();
    return taken;
  }

  #takeSymbol(symbol: SymbolText): boolean {
    const taken = this.#token.kind === "symbol" && this.#token.symbol === symbol;
    if (taken) this.#advance();
    return taken;
  }

  #needKeyword(keyword: string, expected: string): void {
    if (!this.#takeKeyword(keyword)) throw this.#expected(expected);
  }

  #needSymbol(symbol: SymbolText, expected: string): void {
    if (!this.#takeSymbol(symbol)) throw this.#expected(expected);
  }

  #needPath(expected: string): readonly string[] {
    const token = this.#token;
    if (token.kind !== "path") {
      const hint =
        token.kind === "keyword" || token.kind === "string" ? "; a field name like this goes in backticks" : "";
      throw this.#expected(`${expected}${hint}`);
    }
    this.#advance();
    return token.path;
  }

  #needString(expected: string): string {
    const token = this.#token;
    if (token.kind !== "string") throw this.#expected(expected);
    this.#advance();
    return token.value;
  }

  #refuse(problem: string | undefined, at: Token): void {
    if (problem !== undefined) throw this.#error(problem, at);
  }

  #expected(expected: string): VecstoreError {
    return this.#error(`expected ${expected}; got ${describeToken(this.#token)}`);
  }

  #error(problem: string, at: Token = this.#token): VecstoreError {
    return this.#lexer.error(at.position, problem);
  }
}
