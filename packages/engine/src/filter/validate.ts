import { describeValue, isPlainObject, quoteExcerpt } from "../metadata/describe.js";
import { isTimestampMs } from "../metadata/rfc3339.js";
import type { ComparisonOperator, Filter, FilterValue } from "../model/filter.js";
import { depthProblem, FilterBudget } from "./budget.js";
import { filterPathError } from "./filter-error.js";
import { readArray, readScalar, readText, refuse } from "./literals.js";
import { orderProblem, rangeProblem } from "./values.js";

/**
 * Checks a tree that a caller built, under the limits of a filter string.
 *
 * @returns  a copy: what the caller does with the tree afterwards changes nothing
 * @throws VecstoreError INVALID_FILTER with the path of the part, such as `filter.operands[1].value`
 * Cost: linear in the tree, which is bounded: 32 levels, 1,024 comparisons and list elements.
 */
export function validateFilter(filter: Filter): Filter {
  return new FilterCheck().node(filter, "filter", 1);
}

const COMPARISONS: ReadonlySet<unknown> = new Set<ComparisonOperator>(["=", "!=", ">", ">=", "<", "<="]);

/** The parts of a node, none of them trusted. */
type Parts = Readonly<Record<string, unknown>>;

/** One walk over one tree. Recursion ends at the limit of levels, so a cycle is refused like any deep tree. */
class FilterCheck {
  readonly #budget = new FilterBudget();

  node(node: unknown, path: string, depth: number): Filter {
    refuse(depthProblem(depth), path);
    if (!isPlainObject(node)) throw filterPathError(path, `is ${describeValue(node)}; expected a filter`);
    switch (node.kind) {
      case "and":
      case "or":
        return { kind: node.kind, operands: this.#operands(node.operands, `${path}.operands`, depth) };
      case "not":
        return { kind: "not", operand: this.node(node.operand, `${path}.operand`, depth + 1) };
      default:
        return this.#term(node, path);
    }
  }

  #operands(operands: unknown, path: string, depth: number): readonly Filter[] {
    const nodes = readArray(operands, path);
    if (nodes.length === 0) throw filterPathError(path, "is empty; it needs at least one filter");
    return nodes.map((operand, i) => this.node(operand, `${path}[${i}]`, depth + 1));
  }

  #term(node: Parts, at: string): Filter {
    refuse(this.#budget.addTerms(1), at);
    const kind = node.kind;
    switch (kind) {
      case "compare":
        return this.#compare(node, at);
      case "in":
      case "not_in":
        return { kind, path: this.#path(node, at), values: this.#values(node.values, `${at}.values`) };
      case "contains":
        return { kind, path: this.#path(node, at), value: this.#value(node.value, `${at}.value`) };
      case "starts_with":
        return { kind, path: this.#path(node, at), prefix: readText(node.prefix, `${at}.prefix`, this.#budget) };
      case "exists":
      case "is_null":
        return { kind, path: this.#path(node, at) };
      case "between":
        return this.#between(node, at);
      default:
        throw filterPathError(`${at}.kind`, `is ${describeName(kind)}; expected ${KINDS}`);
    }
  }

  #compare(node: Parts, at: string): Filter {
    const path = this.#path(node, at);
    const operator = node.operator as ComparisonOperator;
    if (!COMPARISONS.has(operator)) {
      throw filterPathError(`${at}.operator`, `is ${describeName(operator)}; expected =, !=, >, >=, < or <=`);
    }
    const value = this.#value(node.value, `${at}.value`);
    if (operator !== "=" && operator !== "!=") refuse(orderProblem(value, operator), `${at}.value`);
    return { kind: "compare", path, operator, value };
  }

  #between(node: Parts, at: string): Filter {
    const path = this.#path(node, at);
    const low = this.#value(node.low, `${at}.low`);
    refuse(orderProblem(low, "BETWEEN"), `${at}.low`);
    const high = this.#value(node.high, `${at}.high`);
    refuse(orderProblem(high, "BETWEEN") ?? rangeProblem(low, high), `${at}.high`);
    return { kind: "between", path, low, high };
  }

  #path(node: Parts, at: string): readonly string[] {
    const names = readArray(node.path, `${at}.path`);
    if (names.length === 0) throw filterPathError(`${at}.path`, "is empty; it needs at least one name");
    return names.map((name, i) => readText(name, `${at}.path[${i}]`, this.#budget));
  }

  #values(values: unknown, at: string): readonly FilterValue[] {
    const list = readArray(values, at);
    refuse(this.#budget.addTerms(Math.max(list.length - 1, 0)), at);
    return list.map((value, i) => this.#value(value, `${at}[${i}]`));
  }

  #value(value: unknown, at: string): FilterValue {
    if (!isPlainObject(value) || !("timestampMs" in value)) return readScalar(value, at, this.#budget);
    return { timestampMs: timestampMs(value.timestampMs, at) };
  }
}

const KINDS = "and, or, not, compare, in, not_in, contains, starts_with, exists, is_null or between";

function timestampMs(ms: unknown, at: string): number {
  if (typeof ms === "number" && isTimestampMs(ms)) return ms;
  throw filterPathError(`${at}.timestampMs`, "must be whole milliseconds since 1970, of the years 0000 to 9999");
}

function describeName(value: unknown): string {
  return typeof value === "string" ? quoteExcerpt(value) : describeValue(value);
}
