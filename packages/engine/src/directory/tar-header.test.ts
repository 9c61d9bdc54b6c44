import { describe, expect, it } from "vitest";
import { paddingBytes, TAR_BLOCK_BYTES, tarHeader } from "./tar-header.js";

const text = (bytes: Uint8Array, from: number, length: number) =>
  Buffer.from(bytes.subarray(from, from + length)).toString("latin1");
const entry = { directory: "snap", name: "part-0000000000000001", size: 513, modifiedAtMs: 1_700_000_000_999 };

describe("a header of a tar file", () => {
  it("is one block of the fields of ustar, with a checksum that counts itself as spaces", () => {
    const block = tarHeader(entry);
    expect(block).toHaveLength(TAR_BLOCK_BYTES);
    expect(text(block, 0, 22)).toBe("part-0000000000000001\0");
    expect(text(block, 124, 12)).toBe("00000001001\0");
    expect(Number.parseInt(text(block, 136, 11), 8)).toBe(1_700_000_000);
    expect([text(block, 156, 1), text(block, 257, 8), text(block, 345, 5)]).toEqual(["0", "ustar\x0000", "snap\0"]);
    const sum = [...block].reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    expect(text(block, 148, 8)).toBe(`${sum.toString(8).padStart(6, "0")}\0 `);
  });

  it("says sizes of 8 GiB and more in a header before it", () => {
    expect(text(tarHeader({ ...entry, size: 8 ** 11 - 1 }), 124, 11)).toBe("77777777777");
    const blocks = tarHeader({ ...entry, size: 8 ** 11 });
    expect(blocks).toHaveLength(3 * TAR_BLOCK_BYTES);
    expect([text(blocks, 156, 1), text(blocks, 2 * TAR_BLOCK_BYTES + 156, 1)]).toEqual(["x", "0"]);
    const record = "19 size=8589934592\n";
    expect(text(blocks, TAR_BLOCK_BYTES, 20)).toBe(`${record}\0`);
    expect([record.length, Number.parseInt(text(blocks, 124, 11), 8)]).toEqual([19, 19]);
  });

  it.each([
    [0, 0],
    [1, 511],
    [511, 1],
    [512, 0],
    [513, 511],
  ])("a content of %i bytes is filled up by %i", (size, padding) => expect(paddingBytes(size)).toBe(padding));
});
