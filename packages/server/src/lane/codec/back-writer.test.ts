import { expect, test } from "vitest";
import { BackWriter } from "./back-writer.js";

/** Writes one of each, from the last to the first. */
function written(room: number): string {
  const writer = new BackWriter(room);
  writer.bigVarint(-1n);
  writer.bytes(Uint8Array.of(1, 2, 3));
  writer.floats([1, 2]);
  writer.double(-0.5);
  writer.text("ü".repeat(100));
  writer.text("ö");
  writer.text("abc");
  for (const value of [0, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 53 - 1]) writer.varint(value);
  return writer.finish().toString("hex");
}

test("writes the same however often it has to grow", () => {
  const whole = written(4_096);
  for (let room = 1; room < 300; room++) expect(written(room)).toBe(whole);
});

test("writes numbers with seven bits a byte", () => {
  const hexOf = (write: (writer: BackWriter) => void) => {
    const writer = new BackWriter(16);
    write(writer);
    return writer.finish().toString("hex");
  };
  expect(hexOf((writer) => writer.varint(300))).toBe("ac02");
  expect(hexOf((writer) => writer.varint(2 ** 35))).toBe("808080808001");
  expect(hexOf((writer) => writer.bigVarint(-1n))).toBe("ffffffffffffffffff01");
});
