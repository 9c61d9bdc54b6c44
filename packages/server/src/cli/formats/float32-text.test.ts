import { expect, it } from "vitest";
import { float32Text, vectorText } from "./float32-text.js";

/** A fixed stream of 32-bit words (xorshift), as f32s that are finite. */
function* floats(count: number): Generator<number> {
  const word = new Uint32Array(1);
  const float = new Float32Array(word.buffer);
  let state = 0x9e3779b9;
  for (let n = 0; n < count; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    word[0] = state;
    if (!Number.isFinite(float[0])) continue;
    n++;
    yield float[0]!;
  }
}

it("prints f32s that read back to the same bits, in at most 9 digits", () => {
  for (const value of floats(100_000)) {
    const text = float32Text(value);
    expect(Object.is(Math.fround(JSON.parse(text)), value)).toBe(true);
    expect(
      text.replace(/e.*/, "").replaceAll(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "").length,
    ).toBeLessThanOrEqual(9);
  }
});

it.each([
  [-0, "-0"],
  [0, "0"],
  [0.1, "0.1"],
  [-0.15291, "-0.15291"],
  [16_777_217, "16777216"],
  [2 ** -149, "1.4013e-45"],
  [3.4028234663852886e38, "3.4028235e+38"],
  [1e10, "10000000000"],
])("prints %f as %s", (value, text) => {
  expect(float32Text(Math.fround(value))).toBe(text);
});

it("prints vectors as JSON", () => {
  expect(vectorText(Float32Array.of())).toBe("[]");
  expect(JSON.parse(vectorText(Float32Array.of(-0, 1.5)))).toEqual([-0, 1.5]);
});
