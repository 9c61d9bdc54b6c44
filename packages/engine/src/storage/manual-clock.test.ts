import { expect, it } from "vitest";
import { ManualClock } from "./manual-clock.js";
import { MemoryEnv } from "./memory-env.js";

it("a clock that is moved by hand sets off its timers in their order, each at its own time", () => {
  const clock = new ManualClock(1_000);
  const env = new MemoryEnv(clock);
  const seen: string[] = [];
  const note = (name: string) => () => void seen.push(`${name} at ${env.now()}`);
  env.startTimer(500, note("late"));
  const cancel = env.startTimer(200, note("canceled"));
  env.startTimer(300, () => {
    note("early")();
    env.startTimer(100, note("nested"));
    cancel();
  });
  cancel();
  clock.advance(299);
  expect([env.now(), seen, clock.waiting]).toEqual([1_299, [], [201, 1]]);
  clock.advance(1_000);
  expect(seen).toEqual(["early at 1300", "nested at 1400", "late at 1500"]);
  expect([env.now(), clock.waiting]).toEqual([2_299, []]);
});
