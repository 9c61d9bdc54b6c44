import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCK_SLOTS } from "../../core/block-bits.js";
import { SlotSet } from "../../core/slot-set.js";
import { LIMITS } from "../../limits.js";
import { encodeMetadata } from "../../metadata/codec.js";
import { FieldColumns } from "../../metadata/fields/field-columns.js";
import type { Filter } from "../../model/filter.js";
import type { JsonValue, Metadata } from "../../model/metadata.js";
import { compileFilter } from "../evaluate.js";
import { arbitraryFilter, arbitraryMetadata } from "../filter.cases.js";
import { parseFilter } from "../parser.js";
import { FilterResolver } from "./filter-resolver.js";

const SEED = 20_261_201;

type Records = readonly (Metadata | undefined)[];

/** Records behind `first` empty ones, in columns, and counting how often their metadata was read. */
class Fixture {
  readonly fields = new FieldColumns(7);
  reads = 0;

  constructor(
    readonly records: Records,
    readonly first = 0,
  ) {
    const none = new Uint8Array(0);
    for (let i = 0; i < first; i++) this.fields.add(none);
    for (const record of records) this.fields.add(record === undefined ? none : encodeMetadata(record));
  }

  metadataOf(slot: number): Metadata | undefined {
    this.reads++;
    return this.records[slot - this.first];
  }

  /** Sorts the columns that a filter needs, as if their blocks were full. */
  seal(filter: Filter): void {
    const paths = pathsOf(filter);
    const blocks = paths.flatMap((path) => [0, 1].map((block) => this.fields.column(path)?.block(block)));
    for (const block of blocks) while (block?.seal() === true);
  }

  /** Slots of [first, limit) that match, counted from the first record. */
  matches(filter: Filter, limit = this.fields.count): number[] {
    const resolver = new FilterResolver(filter, this.fields, this);
    const matches = new SlotSet(limit);
    for (let block = 0; block * BLOCK_SLOTS < limit; block++) resolver.resolve(block, matches);
    const found: number[] = [];
    matches.forEach((slot) => {
      found.push(slot - this.first);
    }, this.first);
    expect(matches.words.length).toBe((limit + 31) >>> 5);
    return found;
  }
}

function pathsOf(filter: Filter): (readonly string[])[] {
  if ("operands" in filter) return filter.operands.flatMap(pathsOf);
  return "operand" in filter ? pathsOf(filter.operand) : [filter.path];
}

/** What the reference says. */
function expected(filter: Filter, records: Records): number[] {
  const predicate = compileFilter(filter);
  return records.flatMap((record, i) => (predicate(record) ? [i] : []));
}

/** Makes some strings and arrays longer than columns hold; `a` and `b` are common in the filters. */
function lengthen(value: JsonValue): JsonValue {
  if (value === "b") return "b".repeat(LIMITS.fieldStringBytesMax + 1);
  if (value === "ab") return `ab${"a".repeat(LIMITS.fieldStringBytesMax)}`;
  if (Array.isArray(value)) {
    const inner = value.map(lengthen);
    return inner.length === 2 ? [...new Array(LIMITS.fieldElementsMax).fill("a"), ...inner] : inner;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, lengthen(part as JsonValue)]));
}

const records = fc.array(
  fc.option(
    fc.oneof(
      arbitraryMetadata,
      arbitraryMetadata.map((metadata) => lengthen(metadata) as Metadata),
    ),
    {
      nil: undefined,
    },
  ),
  { maxLength: 12 },
);

describe("FilterResolver", () => {
  it("finds exactly what the predicate lets through, whatever the records and the filter (seed 20261201)", () => {
    let matched = 0;
    let asked = 0;
    const property = fc.property(arbitraryFilter, records, fc.boolean(), (filter, rows, isSealed) => {
      const fixture = new Fixture(rows);
      if (isSealed) fixture.seal(filter);
      const found = fixture.matches(filter);
      expect(found).toEqual(expected(filter, rows));
      matched += found.length;
      asked += rows.length;
    });
    fc.assert(property, { seed: SEED, numRuns: 2_000 });
    // A test of which nearly every answer is the same would prove little.
    expect(matched / asked).toBeGreaterThan(0.2);
    expect(matched / asked).toBeLessThan(0.8);
  });

  it("finds the same over the border of two blocks, and below any limit", () => {
    const property = fc.property(arbitraryFilter, records, fc.nat(12), (filter, rows, below) => {
      const first = BLOCK_SLOTS - 6;
      const fixture = new Fixture(rows, first);
      const limit = Math.min(fixture.fields.count, first + below);
      const wanted = expected(filter, rows).filter((i) => first + i < limit);
      expect(fixture.matches(filter, limit)).toEqual(wanted);
      fixture.seal(filter);
      expect(fixture.matches(filter, limit)).toEqual(wanted);
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it("reads no metadata for what is in columns", () => {
    const rows = Array.from({ length: 100 }, (_, n) => ({ n, word: `w${n % 7}`, tags: [`t${n % 3}`, n] }));
    const fixture = new Fixture(rows);
    for (const text of [
      "n >= 50",
      "word = 'w3' OR NOT EXISTS n",
      "tags CONTAINS 't1'",
      "word CONTAINS '2'",
      "x != 1",
    ]) {
      const filter = parseFilter(text);
      expect(fixture.matches(filter)).toEqual(expected(filter, rows));
    }
    expect(fixture.reads).toBe(0);
  });

  it("asks only the records whose string or array is too long", () => {
    const long = "x".repeat(LIMITS.fieldStringBytesMax + 1);
    const exact = "x".repeat(LIMITS.fieldStringBytesMax);
    const rows: Records = [
      { a: long },
      { a: exact },
      { a: "x" },
      { a: new Array(LIMITS.fieldElementsMax + 1).fill("x") },
      {},
    ];
    const fixture = new Fixture(rows);
    const filter = parseFilter("a STARTSWITH 'xx'");
    expect(fixture.matches(filter)).toEqual([0, 1]);
    expect(fixture.reads).toBe(1);
    expect(fixture.matches(parseFilter("a CONTAINS 'x'"))).toEqual([0, 1, 2, 3]);
    expect(fixture.reads).toBe(3);
    expect(fixture.matches(parseFilter("a > 3 OR a IS NULL OR a = true"))).toEqual([]);
    expect(fixture.reads).toBe(3);
  });

  it("asks the records with fields past the limit, and stays right", () => {
    const names = Array.from({ length: LIMITS.fieldsMax + 5 }, (_, i) => `f${i}`);
    const rows: Metadata[] = [
      ...names.map((name, i) => ({ [name]: i })),
      { f0: 0, [`f${LIMITS.fieldsMax + 2}`]: 7 },
      { f0: 0, deep: { x: 1 } },
      {},
    ];
    const fixture = new Fixture(rows);
    for (const text of [`f${LIMITS.fieldsMax + 2} >= 7`, "deep.x = 1", "deep.x != 1", "f0 = 0", "EXISTS nobody"]) {
      const filter = parseFilter(text);
      expect(fixture.matches(filter)).toEqual(expected(filter, rows));
    }
    // Five fields past the limit, and two more records that have such a field; not the others.
    fixture.reads = 0;
    fixture.matches(parseFilter("EXISTS nobody"));
    expect(fixture.reads).toBe(7);
  });

  it("asks a record whose stored metadata it cannot read about the whole filter", () => {
    const fields = new FieldColumns(1);
    for (const json of ['{"a":1}', '{"a":1,', '{"a":tru}', '{"a":1}x', "[1]", '{"a":"\\x"}', '{"a":1}']) {
      fields.add(new TextEncoder().encode(json));
    }
    fields.add(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d));
    const asked: number[] = [];
    const source = {
      metadataOf: (slot: number): Metadata => {
        asked.push(slot);
        return { a: slot % 2 };
      },
    };
    const matches = new SlotSet(8);
    new FilterResolver(parseFilter("a = 1 AND NOT b = 2"), fields, source).resolve(0, matches);
    expect(asked).toEqual([1, 2, 3, 4, 5, 7]);
    expect(matches.words[0]).toBe(0b11101011);
  });

  it("sorts the numbers of a block that is not full where there are many, and finds what comes after that", () => {
    const rows: Metadata[] = Array.from({ length: 3_000 }, (_, i) => ({ a: (i * 7) % 3_000 }));
    const filter = parseFilter("a BETWEEN 100 AND 2500 OR a IN [7, 2999]");
    const fixture = new Fixture(rows);
    const resolver = new FilterResolver(filter, fixture.fields, fixture);
    expect(stepsOf(resolver, 0)).toBeGreaterThan(1);
    expect(fixture.matches(filter)).toEqual(expected(filter, rows));
    const added: Metadata[] = [{ a: 200 }, { a: 3_001 }, { a: 7 }, { b: 1 }];
    for (const row of added) {
      rows.push(row);
      fixture.fields.add(encodeMetadata(row));
    }
    expect(new FilterResolver(filter, fixture.fields, fixture).prepare(0)).toBe(false);
    expect(fixture.matches(filter)).toEqual(expected(filter, rows));
    expect(fixture.matches(filter).slice(-2)).toEqual([3_000, 3_002]);
  });

  it("prepares strings of full blocks only, a column at a time", () => {
    const rows: Records = [{ a: 1, b: "x" }, { a: 2 }];
    const filter = parseFilter("a > 1 OR b = 'x'");
    const open = new Fixture(rows);
    expect(new FilterResolver(filter, open.fields, open).prepare(0)).toBe(false);
    const full = new Fixture([...rows, {}, {}], BLOCK_SLOTS - 2);
    const resolver = new FilterResolver(filter, full.fields, full);
    const numbersOnly = new FilterResolver(parseFilter("a > 1"), full.fields, full);
    expect(stepsOf(numbersOnly, 0)).toBeGreaterThan(1);
    expect(stepsOf(resolver, 0)).toBeGreaterThan(1);
    expect(resolver.prepare(0)).toBe(false);
    expect(resolver.prepare(1)).toBe(false);
    expect(full.matches(filter)).toEqual([0, 1]);
  });
});

/** How often a block is readied until it is ready. */
function stepsOf(resolver: FilterResolver, block: number): number {
  let steps = 0;
  while (resolver.prepare(block)) steps++;
  return steps;
}
