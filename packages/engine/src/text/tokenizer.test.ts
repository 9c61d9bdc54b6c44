import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeUtf8, encodeUtf8 } from "../metadata/utf8.js";
import { PIECE_UNITS_MAX } from "./piece.js";
import { Tokenizer } from "./tokenizer.js";

const SEED = 20_260_802;

/** The words of a text, in steps of so many bytes. */
function tokenize(text: string, stepBytes = Number.POSITIVE_INFINITY) {
  const words: string[] = [];
  const tokenizer = new Tokenizer({ word: (bytes, length) => void words.push(decodeUtf8(bytes.slice(0, length))) });
  const utf8 = encodeUtf8(text);
  tokenizer.begin(utf8);
  let steps = 0;
  let longestStep = 0;
  let bytes = 0;
  for (; !tokenizer.done; steps++) {
    const looked = tokenizer.step(stepBytes);
    longestStep = Math.max(longestStep, looked);
    bytes += looked;
  }
  expect(bytes).toBe(utf8.length);
  return { words, steps, longestStep };
}

/** The rules in their plainest form, for texts without long runs and without scripts that write no spaces. */
function plain(text: string): string[] {
  return text.split(/\s+/).flatMap(
    (piece) =>
      piece
        .normalize("NFKC")
        .toLowerCase()
        .match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [],
  );
}

describe("words", () => {
  it.each([
    ["nothing", "", []],
    ["white space", " \t\n\r ", []],
    ["punctuation", "... --- !?", []],
    ["plain English", "The quick-brown fox's 2nd jump.", ["the", "quick", "brown", "fox", "s", "2nd", "jump"]],
    ["capitals beyond ASCII", "ÄRGER Σίσυφος ИГРА", ["ärger", "σίσυφος", "игра"]],
    ["compatible forms", "ﬁn Ⅷ ４２ ｶﾞ", ["fin", "viii", "42", "ガ"]],
    ["composed and decomposed letters", "caf\u00e9 cafe\u0301", ["café", "café"]],
    ["vowel signs, which are marks", "हिन्दी में", ["हिन्दी", "में"]],
    ["letters that touch others", "a1b2 x²y", ["a1b2", "x2y"]],
    ["underscores and paths", "snake_case/path.ts", ["snake", "case", "path", "ts"]],
    ["characters beyond the first plane", "𝒳 😀 𠮷", ["x", "𠮷"]],
    ["Thai", "สวัสดีชาวโลก", ["สวัสดี", "ชาว", "โลก"]],
  ])("are made of %s", (_, text, words) => {
    expect(tokenize(text).words).toEqual(words);
  });

  it.each(["東京都に住んでいます", "北京大学生前来应聘", "ខ្ញុំស្រលាញ់ភាសាខ្មែរ"])(
    "of %s are those of Intl.Segmenter",
    (text) => {
      const segmenter = new Intl.Segmenter("en", { granularity: "word" });
      const expected = Array.from(segmenter.segment(text), ({ segment }) => segment);
      expect(expected.length).toBeGreaterThan(2);
      expect(tokenize(`in ${text}. 7`).words).toEqual(["in", ...expected, "7"]);
    },
  );

  it(`are those of the plain rules, whatever the steps, seed ${SEED}`, () => {
    const chars = fc.constantFrom(..."aZ09 \t\n.,-'_éÜßıİσςΣ\u0301\u0308ﬁⅣ²½😀𝒳न्दिк", "\u00a0", "\u2028", "\u0085");
    const pieces = fc.string({ unit: chars, maxLength: 60 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 40 }), (text, stepBytes) => {
        const { words } = tokenize(text, stepBytes);
        expect(words).toEqual(plain(text));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("of a long piece end behind punctuation where there is some", () => {
    const word = "abcdefghi";
    const text = Array.from({ length: 200 }, () => word).join(",");
    expect(tokenize(text).words).toEqual(Array.from({ length: 200 }, () => word));
    const mixed = Array.from({ length: 200 }, () => "wörter-und").join(";");
    expect(tokenize(mixed).words).toEqual(Array.from({ length: 200 }, () => ["wörter", "und"]).flat());
  });

  it.each([
    ["a", 1],
    ["é", 1],
    ["😀", 2],
    ["字", 1],
  ])("of a run of %s without an end are cut, and no character with them", (char, units) => {
    const { words, longestStep } = tokenize(char.repeat(3_000), 1);
    expect(longestStep).toBeLessThanOrEqual(3 * PIECE_UNITS_MAX);
    for (const word of words) expect(word.length).toBeLessThanOrEqual(PIECE_UNITS_MAX);
    if (char !== "😀") expect(words.join("")).toBe(char.repeat(3_000));
    else expect(words).toEqual([]);
    expect(units * 3_000 > PIECE_UNITS_MAX).toBe(true);
  });
});

describe("a long text", () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ["words", "some words and more of them ".repeat(1_500)],
    ["one word", "x".repeat(40 * 1_024)],
    ["one word beyond ASCII", "ж".repeat(20 * 1_024)],
    ["Chinese without a space", "中文没有空格的很长的文本".repeat(1_200)],
    ["Thai without a space", "ภาษาไทยไม่มีช่องว่าง".repeat(700)],
  ])("of 40 KiB of %s is looked at in steps of about the bytes asked for", (_, text) => {
    const { steps, longestStep } = tokenize(text, 1_000);
    expect(longestStep).toBeLessThanOrEqual(1_000 + 3 * PIECE_UNITS_MAX);
    expect(steps).toBeGreaterThanOrEqual(Math.floor(encodeUtf8(text).length / (1_000 + 3 * PIECE_UNITS_MAX)));
  });

  it("is given to Intl.Segmenter in pieces, and only where its script writes no spaces", () => {
    const segment = vi.spyOn(Intl.Segmenter.prototype, "segment");
    tokenize("long text of words ".repeat(5_000));
    expect(segment).not.toHaveBeenCalled();
    const text = "中文没有空格的很长的文本".repeat(1_200);
    tokenize(text);
    const lengths = segment.mock.calls.map(([run]) => run.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(PIECE_UNITS_MAX);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(text.length);
  });
});
