import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { Outbox, type Writer } from "./outbox.js";

class Noting implements Writer {
  flushes = 0;

  flush(): void {
    this.flushes++;
  }
}

const writers = (count: number) => Array.from({ length: count }, () => new Noting());
const flushesOf = (of: readonly Noting[]) => of.map(({ flushes }) => flushes);

it("flushes the writers of a turn once, at its end", async () => {
  const outbox = new Outbox();
  const all = writers(3);
  for (const writer of all) outbox.add(writer);
  expect(flushesOf(all)).toEqual([0, 0, 0]);
  await turn();
  expect(flushesOf(all)).toEqual([1, 1, 1]);
  outbox.add(all[0]!);
  await turn();
  expect(flushesOf(all)).toEqual([2, 1, 1]);
});

it("lets nobody wait for more than fifteen others", async () => {
  const outbox = new Outbox();
  const all = writers(17);
  for (const writer of all) outbox.add(writer);
  expect(flushesOf(all)).toEqual([...Array(16).fill(1), 0]);
  await turn();
  expect(flushesOf(all)).toEqual(Array(17).fill(1));
});

it("takes who comes while it flushes", async () => {
  const outbox = new Outbox();
  const later = new Noting();
  outbox.add({ flush: () => outbox.add(later) });
  await turn();
  await turn();
  expect(later.flushes).toBe(1);
});
