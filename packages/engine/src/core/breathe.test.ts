import { afterEach, expect, test, vi } from "vitest";
import { breathe, isTurnUsedUp, turnMs } from "./breathe.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("lets one caller go on in each turn of the event loop, in the order they came", async () => {
  const gone: number[] = [];
  for (let i = 0; i < 4; i++) void breathe().then(() => gone.push(i));
  for (let turns = 1; turns <= 4; turns++) {
    await turn();
    expect(gone).toEqual([0, 1, 2, 3].slice(0, turns));
  }
});

test("a caller that breathes again goes behind those that wait", async () => {
  const gone: string[] = [];
  const twice = breathe()
    .then(() => gone.push("long"))
    .then(() => breathe())
    .then(() => gone.push("long again"));
  await Promise.all([twice, breathe().then(() => gone.push("short")), breathe().then(() => gone.push("other"))]);
  expect(gone).toEqual(["long", "short", "other", "long again"]);
});

test("a turn is used up after eight milliseconds of whatever work, and the next one is not", async () => {
  let nowMs = 1_000;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  await turn();
  expect([turnMs(), isTurnUsedUp()]).toEqual([0, false]);
  nowMs += 7;
  await Promise.resolve();
  expect([turnMs(), isTurnUsedUp()]).toEqual([7, false]);
  nowMs += 1;
  await Promise.resolve();
  expect([turnMs(), isTurnUsedUp()]).toEqual([8, true]);
  await breathe();
  expect(isTurnUsedUp()).toBe(false);
});
