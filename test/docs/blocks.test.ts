import { describe, expect, test } from "vitest";
import { blocksOf, matchesOutput } from "./blocks.js";

const FENCE = "```";

describe("the blocks of a page", () => {
  test("have a language, a line and their code, also when indented", () => {
    const page = `# T\n\n${FENCE}sh\necho 1\n${FENCE}\n\n1. x\n\n   ${FENCE}js\n   a();\n     b();\n   ${FENCE}\n\n${FENCE}\nplain\n${FENCE}\n`;
    expect(blocksOf(page)).toEqual([
      { line: 3, language: "sh", code: "echo 1" },
      { line: 9, language: "js", code: "a();\n  b();" },
      { line: 14, language: "", code: "plain" },
    ]);
  });

  test("may be marked as not run, with a reason", () => {
    expect(blocksOf(`<!-- not run: it never ends -->\n${FENCE}sh\nyes\n${FENCE}`)).toEqual([
      { line: 2, language: "sh", code: "yes", notRun: "it never ends" },
    ]);
  });

  test("may be for a browser: a script to run, also after a reload, or a file for others", () => {
    const page = ["js browser", "js browser reload", "js browser store.js", "js"].map(
      (info) => `${FENCE}${info}\n${FENCE}`,
    );
    expect(blocksOf(page.join("\n")).map(({ language, browser }) => ({ language, browser }))).toEqual([
      { language: "js", browser: { afterReload: false } },
      { language: "js", browser: { afterReload: true } },
      { language: "js", browser: { afterReload: false, file: "store.js" } },
      { language: "js", browser: undefined },
    ]);
  });

  test("take the output that follows them", () => {
    expect(blocksOf(`${FENCE}sh\necho 1\n${FENCE}\n\n${FENCE}text output\n1\n${FENCE}`)).toEqual([
      { line: 1, language: "sh", code: "echo 1", output: "1" },
    ]);
  });
});

describe("an output", () => {
  test.each([
    ["the same", "a (b)\nc", "a (b)\nc", true],
    ["the same but for white space at the ends", " a \nb\n", "a\nb", true],
    ["anything where an ellipsis stands", '{"ms":0.125,"id":"a"}', '{"ms":…,"id":"a"}', true],
    ["something else", "a", "b", false],
    ["more than was promised", "a\nb", "a", false],
    ["a pattern's characters taken as text", "aab", "a+b", false],
  ])("matches or not: %s", (_, printed, expected, matches) => {
    expect(matchesOutput(printed, expected)).toBe(matches);
  });
});
