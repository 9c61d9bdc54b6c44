import { queriesBegun } from "./arrivals.js";
import type { Pace } from "./pace.js";

/** A part of the work that another thread has: [from, the end of what was offered). */
export interface HandedPart {
  readonly from: number;
  /** Takes what the thread found in, on this thread; undefined when it was lost. Never rejects. */
  readonly found: Promise<(() => void | Promise<void>) | undefined>;
}

/** Work on the positions of a range, each for itself and in any order. */
export interface SpreadWork {
  /** Does some of the first positions of [from, to), about a quarter of a millisecond; returns the first that is left. */
  here(from: number, to: number): number | Promise<number>;
  /** Hands the last positions of [from, to) to another thread; undefined when none is free. */
  elsewhere(from: number, to: number): HandedPart | undefined;
}

interface Part {
  readonly from: number;
  readonly to: number;
}

/** What other threads have of a piece of work, and what came back. */
class Abroad {
  #underWay = 0;
  readonly #arrived: (Part & { readonly takeIn: (() => void | Promise<void>) | undefined })[] = [];
  #wake: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.#underWay === 0 && this.#arrived.length === 0;
  }

  send({ from, found }: HandedPart, to: number): void {
    this.#underWay++;
    void found.then((takeIn) => {
      this.#underWay--;
      this.#arrived.push({ from, to, takeIn });
      this.#wake?.();
    });
  }

  /** Takes in what came back; returns the parts that were lost. */
  async takeIn(): Promise<Part[]> {
    const lost: Part[] = [];
    for (const part of this.#arrived.splice(0)) {
      if (part.takeIn === undefined) lost.push(part);
      else await part.takeIn();
    }
    return lost;
  }

  /** Returns when something has come back. */
  async arrival(): Promise<void> {
    if (this.#arrived.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

/**
 * Does work on the positions [from, to), on this thread from the front on, and on those that are free from the back. Once another
 * query came in, the others are left alone with the rest: they have their own processors, whoever comes in has this thread only.
 * Whatever a thread does not live to tell is done here.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED; whatever `here` throws, or what takes results in
 */
export async function spread(work: SpreadWork, from: number, to: number, pace: Pace): Promise<void> {
  const abroad = new Abroad();
  const begun = queriesBegun();
  let front = from;
  let back = to;
  while (front < back || !abroad.isEmpty) {
    for (const part of await abroad.takeIn()) await doHere(work, part, pace);
    back = handOver(work, front, back, abroad);
    const isLeft = front >= back || queriesBegun() > begun;
    if (isLeft && !abroad.isEmpty) {
      await abroad.arrival();
      pace.check();
    } else if (front < back) front = await work.here(front, back);
    // What other threads found waits for this turn to end, and they for more work.
    if (abroad.isEmpty ? pace.due : pace.isDueSoon) await pace.next();
  }
}

function handOver(work: SpreadWork, front: number, back: number, abroad: Abroad): number {
  let end = back;
  // Whoever is here does not wait with empty hands.
  while (end - front > 1) {
    const part = work.elsewhere(front, end);
    if (part === undefined) return end;
    abroad.send(part, end);
    end = part.from;
  }
  return end;
}

async function doHere(work: SpreadWork, { from, to }: Part, pace: Pace): Promise<void> {
  for (let at = from; at < to; ) {
    at = await work.here(at, to);
    if (pace.due) await pace.next();
  }
}
