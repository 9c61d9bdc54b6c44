import { describe, expect, it } from "vitest";
import { sniff } from "./sniff.js";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

describe("sniff", () => {
  it.each([
    ["", "undecided"],
    ["P", "undecided"],
    ["PR", "undecided"],
    ["PRI", "undecided"],
    ["PRO", "http1"],
    ["PROPFIND / HTTP/1.1", "http1"],
    ["POST", "http1"],
    ["GET / HTTP/1.1", "http1"],
    [PREFACE.slice(0, -1), "undecided"],
    [PREFACE, "http2"],
    [`${PREFACE}\0\0`, "http2"],
    ["PRI * HTTP/2.1", "http1"],
    ["\x16", "tls"],
    ["\x16\x03\x01", "tls"],
    ["\x00", "http1"],
  ])("takes %j for %s", (bytes, kind) => {
    expect(sniff(Buffer.from(bytes, "latin1"))).toBe(kind);
  });
});
