import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../metadata/utf8.js";
import { ListCursor } from "../postings/list-cursor.js";
import { ANALYZERS } from "./analyzer.js";
import { QueryTerms } from "./query-terms.js";
import { TextIndex, type TextSource } from "./text-index.js";

function sourceOf(texts: readonly (string | undefined)[]): TextSource {
  return {
    hasTexts: texts.some((text) => text !== undefined),
    textBytesOf: (slot) => (texts[slot] === undefined ? undefined : encodeUtf8(texts[slot])),
  };
}

function indexOf(texts: readonly (string | undefined)[], name: keyof typeof ANALYZERS = "standard", budget = 1e9) {
  const index = new TextIndex(ANALYZERS[name], 7);
  const source = sourceOf(texts);
  let steps = 1;
  while (index.step(source, texts.length, budget)) steps++;
  return { index, steps };
}

/** [slot, count] of each text with the term. */
function postingsOf(index: TextIndex, term: string): [number, number][] {
  const list = index.find(encodeUtf8(term));
  if (list === 0) return [];
  const cursor = new ListCursor(index.lists, list);
  const found: [number, number][] = [];
  for (let slot = cursor.advance(0); found.length < cursor.count; slot = cursor.advance(slot + 1)) {
    found.push([slot, cursor.payloads[cursor.at]!]);
  }
  return found;
}

const TEXTS = ["to be or not to be", undefined, "", "Be!", "not the same"];

describe("a text index", () => {
  it("knows which texts have a term, and how often", () => {
    const { index } = indexOf(TEXTS);
    expect(postingsOf(index, "be")).toEqual([
      [0, 2],
      [3, 1],
    ]);
    expect(postingsOf(index, "not")).toEqual([
      [0, 1],
      [4, 1],
    ]);
    expect(postingsOf(index, "nothing")).toEqual([]);
    expect(TEXTS.map((_, slot) => index.lengthOf(slot))).toEqual([6, 0, 0, 1, 3]);
    expect([index.count, index.texts, index.terms]).toEqual([5, 4, 10]);
  });

  it.each([1, 3, 17, 100])("is the same when it is made in steps of %i bytes", (budget) => {
    const texts = Array.from({ length: 300 }, (_, i) =>
      i % 7 === 3 ? undefined : `number ${i} of ${i % 13} ${"and more ".repeat(i % 5)}`,
    );
    const { index: whole } = indexOf(texts);
    const { index, steps } = indexOf(texts, "standard", budget);
    expect(steps).toBeGreaterThan(50);
    for (const term of ["number", "more", "12", "299", "of"]) {
      expect(postingsOf(index, term)).toEqual(postingsOf(whole, term));
    }
    expect([index.count, index.texts, index.terms]).toEqual([whole.count, whole.texts, whole.terms]);
  });

  it("follows texts that are appended", () => {
    const texts: string[] = ["one"];
    const index = new TextIndex(ANALYZERS.standard, 7);
    expect(index.step(sourceOf(texts), 1, 1_000)).toBe(false);
    texts.push("two one");
    expect(index.step(sourceOf(texts), 2, 1_000)).toBe(false);
    expect(postingsOf(index, "one")).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  it("of English texts holds stems, and no stop words", () => {
    const { index } = indexOf(["The connections of a connected thing", "it is", "CONNECTING"], "english");
    expect(postingsOf(index, "connect")).toEqual([
      [0, 2],
      [2, 1],
    ]);
    expect(postingsOf(index, "the")).toEqual([]);
    expect([0, 1, 2].map(index.lengthOf)).toEqual([3, 0, 1]);
    expect([index.texts, index.terms]).toEqual([3, 4]);
  });

  it("costs nothing while no record has a text", () => {
    const { index } = indexOf(Array.from({ length: 100_000 }, () => undefined));
    expect(index.count).toBe(100_000);
    expect(index.bytes).toBe(0);
  });

  it.each([
    ["of one word", "x".repeat(40 * 1_024), 40 * 1_024],
    ["of distinct words", Array.from({ length: 8_000 }, (_, i) => `w${i}`).join(" "), 8_000 * 6],
    ["of Chinese without a space", "中文没有空格的很长的文本".repeat(1_200), 1_200 * 12 * 3],
  ])("takes a long text %s in steps that end where they are told to", (_, text, bytes) => {
    const budget = 2_000;
    const { index, steps } = indexOf([text, "end"], "standard", budget);
    // A step goes over its budget by a piece at most; postings cost eight bytes each.
    const cost = bytes + 8 * index.terms;
    expect(steps).toBeGreaterThanOrEqual(bytes / (budget + 800));
    expect(steps).toBeLessThanOrEqual(2 * (cost / budget) + 3);
    expect(postingsOf(index, "end")).toEqual([[1, 1]]);
  });
});

describe("the terms of a query", () => {
  it("are those of the texts, with counts, in the order they were met", () => {
    const terms = (name: keyof typeof ANALYZERS, text: string) => {
      const query = new QueryTerms(ANALYZERS[name], text);
      while (query.step(3));
      return [...query.terms()].map(({ bytes, count }) => [new TextDecoder().decode(bytes), count]);
    };
    expect(terms("standard", "The cat, the CAT!")).toEqual([
      ["the", 2],
      ["cat", 2],
    ]);
    expect(terms("english", "The cats and a cat")).toEqual([["cat", 2]]);
    expect(terms("standard", "…")).toEqual([]);
  });
});
