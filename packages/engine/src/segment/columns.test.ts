import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../metadata/utf8.js";
import { Columns } from "./columns.js";

describe("columns", () => {
  it("tell no text from empty text", () => {
    const columns = new Columns();
    columns.append(1, encodeUtf8("{}"), undefined);
    columns.append(2, new Uint8Array(0), encodeUtf8(""));
    columns.append(2 ** 53 - 1, new Uint8Array(0), encodeUtf8("ä"));
    expect([0, 1, 2].map((slot) => columns.textBytesOf(slot)?.length)).toEqual([undefined, 0, 2]);
    expect([0, 1, 2].map((slot) => columns.versionOf(slot))).toEqual([1, 2, 2 ** 53 - 1]);
    expect([...columns.textPresence(0, 3)]).toEqual([0, 1, 1]);
  });
});
