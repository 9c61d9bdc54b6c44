import * as zlib from "node:zlib";
import { expect, it } from "vitest";
import { crc32 } from "./crc32.js";
import { createRandom } from "./random.js";

it("equals zlib's for every length around the step of eight, whole and in two parts", () => {
  const random = createRandom(1);
  for (let length = 0; length < 100; length++) {
    const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
    expect(crc32(bytes)).toBe(zlib.crc32(bytes));
    const cut = Math.floor(random() * length);
    expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlib.crc32(bytes));
  }
});
