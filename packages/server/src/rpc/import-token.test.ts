import { describe, expect, it } from "vitest";
import { decodeImportToken, encodeImportToken } from "./import-token.js";

const SCOPE = { namespace: "docs", mode: "upsert" };
const COUNTS = { rows: 10, imported: 7, failed: 3, since: 42 };

describe("a token of an import", () => {
  it.each([COUNTS, { rows: 0, imported: 0, failed: 0, since: 0 }, { ...COUNTS, since: Number.MAX_SAFE_INTEGER }])(
    "gives back %j",
    (counts) => {
      expect(decodeImportToken(encodeImportToken(counts, SCOPE), SCOPE)).toEqual(counts);
    },
  );

  it.each([
    ["of another namespace", encodeImportToken(COUNTS, { ...SCOPE, namespace: "other" })],
    ["of another mode", encodeImportToken(COUNTS, { ...SCOPE, mode: "insert_only" })],
    ["whose counts do not add up", encodeImportToken({ ...COUNTS, failed: 2 }, SCOPE)],
    ["with negative counts", encodeImportToken({ rows: -1, imported: -1, failed: 0, since: 1 }, SCOPE)],
    ["with counts that are no integers", encodeImportToken({ rows: 0.5, imported: 0.5, failed: 0, since: 1 }, SCOPE)],
    ["with too few parts", Buffer.from("[1]").toString("base64url")],
    ["that is no JSON", "AAAA"],
    ["that is nothing of ours", "é"],
  ])("%s is refused", (_, token) => {
    expect(() => decodeImportToken(token, SCOPE)).toThrow(expect.objectContaining({ reason: "INVALID_PAGE_TOKEN" }));
  });
});
