import { describe, expect, it } from "vitest";
import { LineSplitter } from "./line-splitter.js";

const TEXT = "one\n\ntwo é😀\r\nthree";

/** The lines of a text that comes in pieces of `size` bytes. */
function linesOf(text: string, size: number, bytesMax = 1_000): (string | undefined)[] {
  const bytes = Buffer.from(text);
  const splitter = new LineSplitter(bytesMax);
  const lines = [];
  for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
  lines.push(...splitter.end());
  return lines.map((line) => line?.toString());
}

describe("lines", () => {
  it.each([1, 2, 3, 7, 1_000])("are the same, cut into pieces of %i bytes", (size) => {
    expect(linesOf(TEXT, size)).toEqual(["one", "", "two é😀\r", "three"]);
    expect(linesOf(`${TEXT}\n`, size)).toEqual(["one", "", "two é😀\r", "three"]);
    expect(linesOf("", size)).toEqual([]);
    expect(linesOf("\n", size)).toEqual([""]);
  });

  it.each([1, 2, 5, 1_000])("that are too long are named and dropped, in pieces of %i bytes", (size) => {
    expect(linesOf("1234\n12345\n123456789\n1\n12345", size, 4)).toEqual([
      "1234",
      undefined,
      undefined,
      "1",
      undefined,
    ]);
  });
});
