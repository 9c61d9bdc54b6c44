import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../metadata/utf8.js";
import { Columns } from "./columns.js";

describe("columns", () => {
  it("tell no text from empty text", () => {
    const columns = new Columns();
    const none = new Uint8Array(0);
    columns.append(1, encodeUtf8("{}"), undefined, none);
    columns.append(2, none, encodeUtf8(""), none);
    columns.append(2 ** 53 - 1, none, encodeUtf8("ä"), none);
    expect([0, 1, 2].map((slot) => columns.textBytesOf(slot)?.length)).toEqual([undefined, 0, 2]);
    expect([0, 1, 2].map((slot) => columns.versionOf(slot))).toEqual([1, 2, 2 ** 53 - 1]);
    expect([...columns.textPresence(0, 3)]).toEqual([0, 1, 1]);
  });
});
