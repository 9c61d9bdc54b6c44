import type { Filter, FilterValue } from "./filter.js";

/**
 * The paths of the fields of `M`, from the root: `"year"`, `"author.name"`. Any string where `M` does not say what it has, as `Metadata`
 * does not.
 */
export type FieldPath<M> = string extends keyof M
  ? string
  : { [Key in keyof M & string]: Key | NestedPath<Key, NonNullable<M[Key]>> }[keyof M & string];

/** The paths of the fields below the field `Key`, which holds `V`. None where that is a scalar or an array. */
export type NestedPath<Key extends string, V> = V extends readonly unknown[] | FilterScalar
  ? never
  : V extends object
    ? `${Key}.${FieldPath<V>}`
    : never;

/** What the field at `Path` holds. */
export type FieldValue<M, Path extends string> = string extends keyof M
  ? FilterValue
  : Path extends keyof M
    ? NonNullable<M[Path]>
    : Path extends `${infer Key}.${infer Rest}`
      ? Key extends keyof M
        ? FieldValue<NonNullable<M[Key]>, Rest>
        : never
      : never;

/** What of JSON is neither an array nor an object. */
export type FilterScalar = string | number | boolean | null;

/** What a field that holds `V` is compared with. Times are stored as strings, and compared as times with a Date. */
export type Comparand<V> =
  | Extract<V, FilterScalar>
  | (string extends V ? Date | { readonly timestampMs: number } : never)
  | (FilterValue extends V ? Date | FilterValue : never);

/** What an array of `V` may contain, or of what a string may be made. */
export type Part<V> = V extends readonly (infer Item)[]
  ? Comparand<Item>
  : FilterValue extends V
    ? FilterValue
    : Extract<V, string>;

/** Filters over one field. A missing field makes each false, save `ne` and `notIn`, which mean NOT `eq` and NOT `in`. */
export interface FieldFilters<V> {
  /** Equal, of the same type; an array equals nothing. */
  eq(value: Comparand<V>): Filter;
  /** Not equal, or missing. */
  ne(value: Comparand<V>): Filter;
  /** Greater; strings by code point. */
  gt(value: Comparand<V>): Filter;
  /** Greater or equal. */
  gte(value: Comparand<V>): Filter;
  /** Less. */
  lt(value: Comparand<V>): Filter;
  /** Less or equal. */
  lte(value: Comparand<V>): Filter;
  /** Equal to one of them. */
  in(values: readonly Comparand<V>[]): Filter;
  /** Equal to none of them, or missing. */
  notIn(values: readonly Comparand<V>[]): Filter;
  /** From `low` to `high`, both included. */
  between(low: Comparand<V>, high: Comparand<V>): Filter;
  /** An array has this element, or a string this part. */
  contains(value: Part<V>): Filter;
  /** A string begins with this. */
  startsWith(prefix: string): Filter;
  /** The field is there, be it null. */
  exists(): Filter;
  /** The field is there and null. */
  isNull(): Filter;
}

/** Makes filters whose paths and values fit the metadata `M`. */
export interface FilterBuilder<M> {
  /** One field. */
  field<Path extends FieldPath<M>>(path: Path): FieldFilters<FieldValue<M, Path>>;
  /** One field by its names from the root, whose type nobody knows: for names that hold a dot. */
  path(...names: string[]): FieldFilters<FilterValue>;
  /** All of them; at least one. */
  and(...operands: Filter[]): Filter;
  /** At least one of them; at least one. */
  or(...operands: Filter[]): Filter;
  /** The contrary, which a missing field makes true. */
  not(operand: Filter): Filter;
}
