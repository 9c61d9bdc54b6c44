import { BLOCK_SLOTS, type BlockBits } from "../../core/block-bits.js";
import type { FieldColumn } from "../../metadata/fields/field-column.js";
import type { FieldColumns } from "../../metadata/fields/field-columns.js";
import type { OffsetSet } from "../../metadata/fields/offset-set.js";
import { encodeUtf8 } from "../../metadata/utf8.js";
import type { ComparisonOperator, Filter, FilterValue } from "../../model/filter.js";
import { compileFilter, type Predicate } from "../evaluate.js";
import type { BlockResolver } from "./block-resolver.js";
import type { MetadataSource } from "./metadata-source.js";
import { addPassing, between, equalToAny, ordered, type ValueTest } from "./value-test.js";

/** A comparison of one field. */
export type Term = Exclude<Filter, { kind: "and" | "or" | "not" }>;

/** A term without its negation, as tests of a field's own value and of the elements of an array. */
interface TermTests {
  /** "present": the field is there, whatever its value. */
  readonly own: readonly ValueTest[] | "present";
  readonly elements: readonly ValueTest[];
}

/** Resolves one term from the columns of its field, and from the metadata of those records that the columns do not hold. */
export class TermResolver implements BlockResolver {
  readonly #fields: FieldColumns;
  readonly #source: MetadataSource;
  readonly #column: FieldColumn | undefined;
  readonly #tests: TermTests;
  readonly #negated: boolean;
  readonly #positive: Term;
  #predicate: Predicate | undefined;

  constructor(term: Term, fields: FieldColumns, source: MetadataSource) {
    this.#fields = fields;
    this.#source = source;
    this.#column = fields.column(term.path);
    this.#positive = withoutNegation(term);
    this.#negated = this.#positive !== term;
    this.#tests = testsOf(this.#positive);
  }

  prepare(block: number): boolean {
    const isFull = this.#fields.count >= (block + 1) * BLOCK_SLOTS;
    const values = this.#column?.block(block);
    return values !== undefined && (isFull ? values.seal() : values.sortOpen());
  }

  resolve(block: number, into: BlockBits): void {
    into.fill(0);
    if (this.#column === undefined) this.#ask(this.#fields.partialIn(block), block, into);
    else this.#resolveColumn(this.#column, block, into);
    if (this.#negated) for (let i = 0; i < into.length; i++) into[i] = ~into[i]!;
  }

  #resolveColumn(column: FieldColumn, index: number, into: BlockBits): void {
    const block = column.block(index);
    if (block === undefined) return;
    const { own, elements } = this.#tests;
    if (own === "present") {
      block.present.addTo(into);
      return;
    }
    for (const test of own) addPassing(test, block.own, into);
    if (own.some(isAboutStrings)) this.#ask(block.own.odd, index, into);
    if (block.elements === undefined || elements.length === 0) return;
    for (const test of elements) addPassing(test, block.elements, into);
    this.#ask(block.elements.odd, index, into);
  }

  /** Adds those of some records whose metadata passes. */
  #ask(records: OffsetSet | undefined, block: number, into: BlockBits): void {
    if (records === undefined || records.count === 0) return;
    this.#predicate ??= compileFilter(this.#positive);
    const predicate = this.#predicate;
    const first = block * BLOCK_SLOTS;
    records.forEach((offset) => {
      if (predicate(this.#source.metadataOf(first + offset))) into[offset >>> 5]! |= 1 << (offset & 31);
    });
  }
}

/** Strings too long for a column can pass such a test. */
function isAboutStrings({ kind }: ValueTest): boolean {
  return kind === "string" || kind === "time";
}

/** `!=` as `=`, NOT IN as IN; the same object where there is no negation. */
function withoutNegation(term: Term): Term {
  if (term.kind === "not_in") return { ...term, kind: "in" };
  if (term.kind === "compare" && term.operator === "!=") return { ...term, operator: "=" };
  return term;
}

function testsOf(term: Term): TermTests {
  switch (term.kind) {
    case "compare":
      return { own: testsOfComparison(term.operator, term.value), elements: [] };
    case "in":
    case "not_in":
      return { own: equalToAny(term.values), elements: [] };
    case "contains":
      return { own: isSubstring(term.value), elements: equalToAny([term.value]) };
    case "starts_with":
      return { own: [stringTest("prefix", term.prefix)], elements: [] };
    case "exists":
      return { own: "present", elements: [] };
    case "is_null":
      return { own: [{ kind: "null" }], elements: [] };
    case "between":
      return { own: between(term.low, term.high), elements: [] };
  }
}

function testsOfComparison(operator: ComparisonOperator, literal: FilterValue): readonly ValueTest[] {
  return operator === "=" || operator === "!=" ? equalToAny([literal]) : ordered(operator, literal);
}

function isSubstring(literal: FilterValue): readonly ValueTest[] {
  return typeof literal === "string" ? [stringTest("substring", literal)] : [];
}

function stringTest(kind: "prefix" | "substring", text: string): ValueTest {
  return { kind: "string", query: { kind, bytes: encodeUtf8(text) } };
}
