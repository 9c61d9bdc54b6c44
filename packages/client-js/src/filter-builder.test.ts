import { describe, expect, expectTypeOf, it } from "vitest";
import { filterBuilder } from "./filter-builder.js";
import type { Filter, FilterValue } from "./model/filter.js";
import type { FieldPath, FieldValue } from "./model/filter-builder.js";

interface Book {
  readonly title: string;
  readonly year: number;
  readonly tags: readonly string[];
  readonly author: { readonly name: string; readonly born?: number };
  readonly sold?: boolean | null;
  readonly kind: "novel" | "essay";
}

const { field, path, and, or, not } = filterBuilder<Book>();

describe("filters over a type of metadata", () => {
  it.each<[Filter, Filter]>([
    [field("year").eq(2020), { kind: "compare", path: ["year"], operator: "=", value: 2020 }],
    [field("year").ne(2020), { kind: "compare", path: ["year"], operator: "!=", value: 2020 }],
    [field("year").gt(1), { kind: "compare", path: ["year"], operator: ">", value: 1 }],
    [field("year").gte(1), { kind: "compare", path: ["year"], operator: ">=", value: 1 }],
    [field("year").lt(1), { kind: "compare", path: ["year"], operator: "<", value: 1 }],
    [field("year").lte(1), { kind: "compare", path: ["year"], operator: "<=", value: 1 }],
    [field("author.name").in(["a", "b"]), { kind: "in", path: ["author", "name"], values: ["a", "b"] }],
    [field("kind").notIn(["novel"]), { kind: "not_in", path: ["kind"], values: ["novel"] }],
    [field("year").between(1, 2), { kind: "between", path: ["year"], low: 1, high: 2 }],
    [field("tags").contains("new"), { kind: "contains", path: ["tags"], value: "new" }],
    [field("title").startsWith("A"), { kind: "starts_with", path: ["title"], prefix: "A" }],
    [field("sold").exists(), { kind: "exists", path: ["sold"] }],
    [field("sold").isNull(), { kind: "is_null", path: ["sold"] }],
    [field("title").gte(new Date(5)), { kind: "compare", path: ["title"], operator: ">=", value: { timestampMs: 5 } }],
    [path("a.b", "c").eq(true), { kind: "compare", path: ["a.b", "c"], operator: "=", value: true }],
    [
      and(field("year").gt(1), or(not(field("sold").exists()))),
      {
        kind: "and",
        operands: [
          { kind: "compare", path: ["year"], operator: ">", value: 1 },
          { kind: "or", operands: [{ kind: "not", operand: { kind: "exists", path: ["sold"] } }] },
        ],
      },
    ],
  ])("make %j", (built, expected) => {
    expect(built).toEqual(expected);
  });

  it("know its paths and what they hold", () => {
    expectTypeOf<FieldPath<Book>>().toEqualTypeOf<
      "title" | "year" | "tags" | "author" | "author.name" | "author.born" | "sold" | "kind"
    >();
    expectTypeOf<FieldValue<Book, "author.born">>().toEqualTypeOf<number>();
    // @ts-expect-error: there is no such field
    field("pages");
    // @ts-expect-error: a year is a number
    field("year").eq("2020");
    // @ts-expect-error: only two kinds
    field("kind").eq("poem");
    // @ts-expect-error: tags are strings
    field("tags").contains(1);
    // @ts-expect-error: an object is compared with nothing
    field("author").eq("Ada");
  });

  it("take any path and value where the type says nothing", () => {
    const loose = filterBuilder();
    expectTypeOf(loose.field).parameter(0).toEqualTypeOf<string>();
    expectTypeOf<FieldValue<Record<string, never>, "a.b">>().toEqualTypeOf<FilterValue>();
    expect(loose.field("a.b").eq(null)).toEqual({ kind: "compare", path: ["a", "b"], operator: "=", value: null });
    expect(loose.field("at").lt(new Date(7))).toMatchObject({ value: { timestampMs: 7 } });
    expect(loose.field("a").contains("x")).toMatchObject({ kind: "contains" });
  });
});
