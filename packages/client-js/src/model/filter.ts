/** A scalar that metadata is compared with. A `timestampMs` compares with strings that parse as RFC 3339. */
export type FilterValue = string | number | boolean | null | { readonly timestampMs: number };

/** Ordered and equality comparisons. */
export type ComparisonOperator = "=" | "!=" | ">" | ">=" | "<" | "<=";

/**
 * A filter over metadata. Paths are the names from the root, so `author.name` is `["author", "name"]`.
 * A missing field makes every comparison false, and `!=` and `not_in` (which mean NOT = and NOT IN) true.
 */
export type Filter =
  | { readonly kind: "and" | "or"; readonly operands: readonly Filter[] }
  | { readonly kind: "not"; readonly operand: Filter }
  | {
      readonly kind: "compare";
      readonly path: readonly string[];
      readonly operator: ComparisonOperator;
      readonly value: FilterValue;
    }
  | { readonly kind: "in" | "not_in"; readonly path: readonly string[]; readonly values: readonly FilterValue[] }
  | { readonly kind: "contains"; readonly path: readonly string[]; readonly value: FilterValue }
  | { readonly kind: "starts_with"; readonly path: readonly string[]; readonly prefix: string }
  | { readonly kind: "exists" | "is_null"; readonly path: readonly string[] }
  | {
      readonly kind: "between";
      readonly path: readonly string[];
      readonly low: FilterValue;
      readonly high: FilterValue;
    };

/** A part of a request that a filter narrows. */
export interface Filtered {
  /** A filter string, or its tree. Absent: every record. */
  readonly filter?: string | Filter;
}
