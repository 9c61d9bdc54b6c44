import { expect, it } from "vitest";
import { encodeSparse, viewSparse } from "./codec.js";

it("packs indices and values into eight bytes a component, and reads them back", () => {
  const bytes = encodeSparse({ indices: [1, 2 ** 32 - 1], values: [0.5, -2] });
  expect([...bytes]).toEqual([1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 63, 0, 0, 0, 192]);
  const vector = viewSparse(bytes)!;
  expect([[...vector.indices], [...vector.values]]).toEqual([
    [1, 2 ** 32 - 1],
    [0.5, -2],
  ]);
});

it("reads no bytes as no vector", () => {
  expect(viewSparse(new Uint8Array(0))).toBeUndefined();
});
