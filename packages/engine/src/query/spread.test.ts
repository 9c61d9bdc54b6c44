import { describe, expect, it } from "vitest";
import { breathe } from "../core/breathe.js";
import { noteQuery } from "./arrivals.js";
import { Pace } from "./pace.js";
import { type HandedPart, spread } from "./spread.js";

const COUNT = 40;

/** Marks positions as done here; each at once. */
function marks() {
  const done = new Array<string>(COUNT).fill("");
  const mark = (from: number, to: number, by: string) => {
    for (let at = from; at < to; at++) done[at] += by;
  };
  const here = (from: number) => {
    mark(from, from + 1, "h");
    return from + 1;
  };
  return { done, mark, here };
}

describe("work that is spread", () => {
  it("is done once, from the front here and from the back elsewhere", async () => {
    const { done, mark, here } = marks();
    let free = 3;
    const elsewhere = (_: number, to: number): HandedPart | undefined => {
      if (free-- <= 0) return undefined;
      return { from: to - 4, found: Promise.resolve(() => mark(to - 4, to, "e")) };
    };
    await spread({ here, elsewhere }, 0, COUNT, new Pace({}));
    expect(done.join("")).toBe("h".repeat(28) + "e".repeat(12));
  });

  it("is done here as far as it was lost elsewhere", async () => {
    const { done, here } = marks();
    const lost: number[] = [];
    const elsewhere = (from: number, to: number): HandedPart | undefined => {
      if (lost.length === 3) return undefined;
      const start = Math.max(from, to - 8);
      lost.push(start);
      return { from: start, found: Promise.resolve(undefined) };
    };
    await spread({ here, elsewhere }, 0, COUNT, new Pace({}));
    expect(lost).toEqual([32, 24, 16]);
    expect(done.join("")).toBe("h".repeat(COUNT));
  });

  it("waits for what is under way when nothing is left to do here", async () => {
    const { done, mark, here } = marks();
    let tell = () => {};
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const found = told.then(() => () => mark(1, COUNT, "e"));
    const spreading = spread({ here, elsewhere: () => ({ from: 1, found }) }, 0, COUNT, new Pace({}));
    while (done[0] === "") await breathe();
    tell();
    await spreading;
    expect(done.join("")).toBe(`h${"e".repeat(COUNT - 1)}`);
  });

  it("is left to others as long as they have some of it, once another query came in", async () => {
    const { done, mark, here } = marks();
    let under = 0;
    const elsewhere = (_: number, to: number): HandedPart | undefined => {
      if (under > 0) return undefined;
      under++;
      const takeIn = () => {
        under--;
        mark(to - 2, to, "e");
      };
      return { from: to - 2, found: breathe().then(() => takeIn) };
    };
    const disturbed = (from: number) => {
      if (from === 9) noteQuery();
      return here(from);
    };
    await spread({ here: disturbed, elsewhere }, 0, COUNT, new Pace({}));
    // The last position is nobody's to hand over.
    expect(done.join("")).toMatch(/^h{10}(h|e)e+$/);
  });

  it("stops when the caller goes away, and leaves what comes back later alone", async () => {
    const controller = new AbortController();
    const { done, mark, here } = marks();
    const slow = (from: number) => {
      const endMs = performance.now() + 1;
      while (performance.now() < endMs);
      if (from === 5) controller.abort();
      return here(from);
    };
    const found = new Promise<() => void>((resolve) => {
      setTimeout(() => resolve(() => mark(20, COUNT, "e")), 100);
    });
    let isHanded = false;
    const elsewhere = () => {
      if (isHanded) return undefined;
      isHanded = true;
      return { from: 20, found };
    };
    const spreading = spread({ here: slow, elsewhere }, 0, COUNT, new Pace({ signal: controller.signal }));
    await expect(spreading).rejects.toMatchObject({ reason: "CANCELED" });
    await found;
    expect(done.join("")).not.toContain("e");
  });

  it("is nothing to do without positions", async () => {
    const { done, here } = marks();
    await spread({ here, elsewhere: () => undefined }, 7, 7, new Pace({}));
    expect(done.join("")).toBe("");
  });
});
