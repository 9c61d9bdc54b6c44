import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LineBatch } from "./line-batch.js";

let written: string[];
let batch: LineBatch;
beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  batch = new LineBatch({ sink: { write: (text) => void written.push(text) }, characters: 10, waitMs: 100 });
});
afterEach(() => void vi.useRealTimers());

it("writes lines together once they are enough", () => {
  batch.write("abcd\n");
  expect(written).toEqual([]);
  batch.write("efghi\n");
  batch.write("j\n");
  expect(written).toEqual(["abcd\nefghi\n"]);
});

it("lets no line wait for longer than it may", () => {
  batch.write("a\n");
  vi.advanceTimersByTime(60);
  batch.write("b\n");
  vi.advanceTimersByTime(39);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(written).toEqual(["a\nb\n"]);
  batch.write("c\n");
  vi.advanceTimersByTime(100);
  expect(written).toEqual(["a\nb\n", "c\n"]);
});

it("hands over what waits when asked, and nothing twice", () => {
  batch.write("a\n");
  batch.flush();
  batch.flush();
  vi.advanceTimersByTime(1_000);
  expect(written).toEqual(["a\n"]);
});
