import { expect, test } from "vitest";
import { ArenaPool, BLOCK_BYTES_MAX } from "./arena.js";
import { CoreModule } from "./module.js";

const createPool = async () => new ArenaPool(await CoreModule.compile(false));

test("blocks of one arena do not overlap", async () => {
  const pool = await createPool();
  const blocks = Array.from({ length: 50 }, (_, i) => pool.take((i + 1) * 1600));
  const sorted = [...blocks].sort((a, b) => a.address - b.address);
  for (let i = 1; i < sorted.length; i++) {
    expect(sorted[i]!.arena).toBe(sorted[0]!.arena);
    expect(sorted[i]!.address).toBeGreaterThanOrEqual(sorted[i - 1]!.address + sorted[i - 1]!.bytes);
  }
});

test("freed blocks grow together again, in whatever order they come back", async () => {
  const pool = await createPool();
  const third = Math.floor(BLOCK_BYTES_MAX / 48) * 16;
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [0, 2, 1],
    [1, 0, 2],
  ]) {
    const blocks = [pool.take(third), pool.take(third), pool.take(third)];
    for (const i of order) pool.give(blocks[i]!);
    const whole = pool.take(third * 3);
    expect(whole.arena).toBe(blocks[0]!.arena);
    pool.give(whole);
  }
});

test("a block that fits no arena opens a new one", async () => {
  const pool = await createPool();
  const first = pool.take(BLOCK_BYTES_MAX - (BLOCK_BYTES_MAX % 16));
  const second = pool.take(1600);
  expect(second.arena).not.toBe(first.arena);
});
