import { describe, expect, it } from "vitest";
import { SlotSet } from "../core/slot-set.js";
import { createRandom } from "../storage/random.js";
import { ListCursor } from "./list-cursor.js";
import { createLists } from "./lists-fixture.cases.js";
import type { PostingKeys, PostingLists } from "./posting-lists.js";
import { type ListScorer, type ScoreSink, TopSearch } from "./top-search.js";

const SEED = 99;
const SLOTS = 20_000;

const KEYS: PostingKeys = { high: (_slot, payload) => payload, low: () => 0 };

/** Lists, and where each is. */
interface Of {
  readonly lists: PostingLists;
  readonly heads: readonly number[];
}

/** Adds a weight times the payload. */
class Weighted implements ListScorer {
  constructor(readonly weight: number) {}

  score(_slot: number, payload: number): number {
    return this.weight * payload;
  }

  bound(high: number): number {
    return this.weight * high;
  }

  error(): number {
    return 0;
  }
}

/** The k best, ties by slot; counts what it was offered. */
class Best implements ScoreSink {
  readonly found: [slot: number, score: number][] = [];
  offered = 0;

  constructor(readonly k: number) {}

  get threshold(): number {
    return this.found.length < this.k ? Number.NEGATIVE_INFINITY : this.found.at(-1)![1];
  }

  offer(slot: number, score: number): void {
    this.offered++;
    this.found.push([slot, score]);
    this.found.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    this.found.length = Math.min(this.found.length, this.k);
  }
}

/** Lists of very different lengths. */
function makeLists(seed: number, shares: readonly number[]) {
  const random = createRandom(seed);
  const { lists, heads } = createLists(KEYS, shares.length);
  const postings = shares.map(() => new Map<number, number>());
  for (let slot = 0; slot < SLOTS; slot++) {
    for (const [list, share] of shares.entries()) {
      if (random() >= share) continue;
      const payload = 1 + Math.floor(random() ** 6 * 40);
      postings[list]!.set(slot, payload);
      lists.add(heads[list]!, slot, payload);
    }
  }
  return { of: { lists, heads }, postings };
}

function search(
  { lists, heads }: Of,
  weights: readonly number[],
  k: number,
  options: { accept?: SlotSet; limit?: number; budget?: number; between?: () => void } = {},
) {
  const { accept, limit = SLOTS, budget = Number.POSITIVE_INFINITY, between } = options;
  const scored = weights.map((weight, i) => ({
    cursor: new ListCursor(lists, heads[i]!),
    scorer: new Weighted(weight),
  }));
  const sink = new Best(k);
  const top = new TopSearch({ lists: scored, limit, accept, sink });
  let steps = 1;
  for (; !top.step(budget); steps++) between?.();
  return { found: sink.found, offered: sink.offered, scored: top.scored, steps };
}

function naive(
  postings: readonly Map<number, number>[],
  weights: readonly number[],
  k: number,
  isAllowed: (slot: number) => boolean,
): [number, number][] {
  const best = new Best(k);
  for (let slot = 0; slot < SLOTS; slot++) {
    const has = postings.some((list) => list.has(slot));
    const score = postings.reduce((sum, list, i) => sum + weights[i]! * (list.get(slot) ?? 0), 0);
    if (has && isAllowed(slot) && score >= best.threshold) best.offer(slot, score);
  }
  return best.found;
}

const SHARES = [0.5, 0.2, 0.03, 0.002, 0];
/** Multiples of 1/4: sums are exact in any order. */
const WEIGHTS = [0.25, 1.5, 4, 9.75, 3];

describe("a search over lists", () => {
  it.each([{ k: 1 }, { k: 10 }, { k: 100 }, { k: 19_000 }])(
    `finds what adding everything up finds: %j, seed ${SEED}`,
    ({ k }) => {
      const { of, postings } = makeLists(SEED + k, SHARES);
      expect(search(of, WEIGHTS, k).found).toEqual(naive(postings, WEIGHTS, k, () => true));
    },
  );

  it.each([0, 1, 5, 200, 5_000, 19_999])(`finds the best of %i accepted slots, seed ${SEED}`, (size) => {
    const { of, postings } = makeLists(SEED, SHARES);
    const random = createRandom(SEED + size);
    const accept = new SlotSet(SLOTS);
    for (let i = 0; i < size; i++) accept.add(Math.floor(random() * SLOTS));
    const allowed = (slot: number) => accept.has(slot);
    expect(search(of, WEIGHTS, 10, { accept }).found).toEqual(naive(postings, WEIGHTS, 10, allowed));
  });

  it("leaves out slots from the limit on", () => {
    const { of, postings } = makeLists(SEED, SHARES);
    for (const limit of [0, 1, 4_095, 4_096, 4_097, 9_000]) {
      const below = (slot: number) => slot < limit;
      expect(search(of, WEIGHTS, 10, { limit }).found).toEqual(naive(postings, WEIGHTS, 10, below));
    }
  });

  it("scores a part of the postings only", () => {
    const { of, postings } = makeLists(SEED, SHARES);
    const all = postings.reduce((sum, list) => sum + list.size, 0);
    const { scored } = search(of, WEIGHTS, 10);
    expect(scored).toBeLessThan(all / 4);
    expect(search(of, WEIGHTS, SLOTS).scored).toBe(all);
  });

  it("scores little of one long list, skipping the blocks that cannot reach the best", () => {
    const of = createLists(KEYS, 1);
    for (let slot = 0; slot < SLOTS; slot++) of.lists.add(of.heads[0]!, slot, slot % 1_000 === 0 ? 50 : 1 + (slot % 3));
    const { found, scored } = search(of, [1], 2);
    expect(found).toEqual([
      [0, 50],
      [1_000, 50],
    ]);
    // The first window, and the blocks that hold a thousandth slot.
    expect(scored).toBeLessThan(4_096 + 17 * 128);
  });

  it("looks at a few accepted slots alone", () => {
    const { of } = makeLists(SEED, SHARES);
    const accept = new SlotSet(SLOTS);
    for (const slot of [3, 9_000, 19_998]) accept.add(slot);
    expect(search(of, WEIGHTS, 10, { accept }).scored).toBeLessThanOrEqual(3 * 6);
  });

  it("gives the same in small steps, while lists grow", () => {
    const { of } = makeLists(SEED, SHARES);
    const whole = search(of, WEIGHTS, 10);
    let slot = SLOTS;
    const between = () => {
      for (const list of of.heads) for (let i = 0; i < 50; i++) of.lists.add(list, slot + i, 40);
      slot += 50;
    };
    const parts = search(of, WEIGHTS, 10, { budget: 100, between });
    expect(parts.steps).toBeGreaterThan(3);
    expect(parts.found).toEqual(whole.found);
  });

  it("of two searches that take turns each finds its own", () => {
    const one = makeLists(SEED, SHARES);
    const two = makeLists(SEED + 1, SHARES);
    const other = () => void search(two.of, WEIGHTS, 10);
    const mixed = search(one.of, WEIGHTS, 10, { budget: 1, between: other });
    expect(mixed.found).toEqual(search(one.of, WEIGHTS, 10).found);
  });

  it("finds nothing in no list", () => {
    const { of } = makeLists(SEED, [0]);
    expect(search(of, [1], 10)).toMatchObject({ found: [], scored: 0 });
    expect(search(of, [], 10)).toMatchObject({ found: [], scored: 0 });
  });
});
