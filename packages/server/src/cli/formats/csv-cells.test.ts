import { describe, expect, it } from "vitest";
import { CsvSplitter, cellsOf, csvCell } from "./csv-cells.js";

const TEXT = 'a,b\r\n"1\n2","say ""hi"""\n\n  x ,\nlast,"q,"';
const RECORDS = [
  { line: 1, source: "a,b" },
  { line: 2, source: '"1\n2","say ""hi"""' },
  { line: 5, source: "  x ," },
  { line: 6, source: 'last,"q,"' },
];

describe("CsvSplitter", () => {
  it.each([1, 2, 3, 7, 1_000])("cuts records that come in pieces of %i characters", (length) => {
    const splitter = new CsvSplitter(100);
    const found = [];
    for (let at = 0; at < TEXT.length; at += length) found.push(...splitter.push(TEXT.slice(at, at + length)));
    expect([...found, ...splitter.end()]).toEqual(RECORDS);
  });

  it("refuses a record that does not end, as where a quote is missing", () => {
    const splitter = new CsvSplitter(10);
    expect(() => [...splitter.push('1\n"23456789\n01')]).toThrow("the record of line 2 has more than 10 characters");
  });

  it("finds nothing in nothing", () => {
    const splitter = new CsvSplitter(10);
    expect([...splitter.push(""), ...splitter.push("\r\n\n"), ...splitter.end()]).toEqual([]);
  });
});

describe("cellsOf", () => {
  it.each([
    ["", [""]],
    [",", ["", ""]],
    ['a,"b,""c""",', ["a", 'b,"c"', ""]],
    ['""', [""]],
    ['a"b,c', ['a"b', "c"]],
  ])("cuts %j", (source, cells) => {
    expect(cellsOf(source, ",")).toEqual(cells);
  });

  it.each(['"a', '"a"b', '"a""'])("refuses %j", (source) => {
    expect(() => cellsOf(source, ",")).toThrow(/quote/);
  });

  it.each(["", "a", "a,b", 'say "hi"', " a ", "\n", "\r"])("reads %j back from its cell", (text) => {
    expect(cellsOf(csvCell(text), ",")).toEqual([text]);
  });
});
