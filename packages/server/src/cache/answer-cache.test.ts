import { beforeEach, describe, expect, it } from "vitest";
import { AnswerCache } from "./answer-cache.js";
import type { Basis } from "./basis.js";
import type { DigestedQuery } from "./query-digest.js";

interface Answer {
  readonly text: string;
}

const BYTES = 64 * 1024;
const QUIET: Basis = {
  number: 1,
  incarnation: 1,
  sequence: 5,
  nowMs: 10_000,
  writtenAtMs: 1_000,
  nextExpiryMs: Number.POSITIVE_INFINITY,
  maxResultsPerQuery: undefined,
};

let cache: AnswerCache<Answer>;
beforeEach(() => {
  cache = new AnswerCache(BYTES);
});

const answerOf = (text: string, length = 10): Answer => ({ text: text.padEnd(length, ".") });

/** As a server asks: what is kept, or what a run gives, which is offered. @returns whether it was kept */
function ask(text: string, basis = QUIET, { after = basis as Basis | "gone", length = 10 } = {}): boolean {
  const query: DigestedQuery & Answer = { text };
  const look = cache.look(basis, query);
  if (look?.answer !== undefined) {
    expect(look.answer).toEqual(answerOf(text, length));
    return true;
  }
  if (look !== undefined) cache.offer(look, after === "gone" ? undefined : after, answerOf(text, length));
  return false;
}

/** Asks until it is kept. */
function keep(text: string, basis = QUIET, options = {}): void {
  ask(text, basis, options);
  ask(text, basis, options);
}

describe("an answer", () => {
  it("is kept when its query comes a second time, and given from the third time on", () => {
    expect([1, 2, 3, 4].map(() => ask("a"))).toEqual([false, false, true, true]);
    expect(ask("b")).toBe(false);
    expect(cache.total).toMatchObject({ hits: 2, misses: 3, evictions: 0 });
    expect(cache.of(1)).toEqual(cache.total);
  });

  it.each([
    ["a write", { sequence: 6 }],
    ["a restored snapshot", { incarnation: 2 }],
    ["another quota of results", { maxResultsPerQuery: 3 }],
  ])("is given no more after %s, and its bytes are free", (_, change) => {
    keep("a");
    expect(cache.total.sizeBytes).toBeGreaterThan(500);
    expect(ask("a", { ...QUIET, ...change })).toBe(false);
    expect(cache.total.sizeBytes).toBe(0);
    expect(cache.total.evictions).toBe(0);
  });

  it("is not given to another namespace", () => {
    keep("a");
    const other = { ...QUIET, number: 2 };
    expect(ask("a", other)).toBe(false);
    keep("a", other);
    expect([ask("a"), ask("a", other)]).toEqual([true, true]);
    expect([cache.of(1).hits, cache.of(2).hits, cache.of(3).hits]).toEqual([1, 2, 0]);
  });

  it("is given until a record of the namespace expires", () => {
    keep("a", { ...QUIET, nextExpiryMs: 20_000 });
    expect(ask("a", { ...QUIET, nowMs: 19_999, nextExpiryMs: 20_000 })).toBe(true);
    // Until it is removed, which is a write, the next expiry is another one.
    expect(ask("a", { ...QUIET, nowMs: 20_000 })).toBe(false);
  });

  it("is not kept past an expiry that came while the query ran", () => {
    const before = { ...QUIET, nextExpiryMs: 10_001 };
    const after = { ...QUIET, nowMs: 10_002 };
    keep("a", before, { after });
    expect(ask("a", after)).toBe(false);
  });

  it.each([
    ["was written while the query ran", { ...QUIET, sequence: 6 }],
    ["is gone by then", "gone"],
  ] as const)("is not kept where the namespace %s", (_, after) => {
    keep("a", QUIET, { after });
    expect(cache.total.sizeBytes).toBe(0);
    expect(ask("a")).toBe(false);
  });

  it("is not looked for within a second of a write, and that counts as nothing", () => {
    const justWritten = { ...QUIET, writtenAtMs: QUIET.nowMs - 999 };
    for (let i = 0; i < 4; i++) expect(ask("a", justWritten)).toBe(false);
    expect(cache.total).toEqual({ hits: 0, misses: 0, evictions: 0, sizeBytes: 0 });
    const quiet = { ...QUIET, writtenAtMs: QUIET.nowMs - 1_000 };
    keep("a", quiet);
    expect(ask("a", quiet)).toBe(true);
  });

  it("that is larger than an eighth of the cache is not kept", () => {
    keep("a", QUIET, { length: BYTES / 16 });
    expect(cache.total.sizeBytes).toBe(0);
    keep("b", QUIET, { length: BYTES / 16 - 500 });
    expect(cache.total.sizeBytes).toBeGreaterThan(BYTES / 10);
  });
});

describe("a full cache", () => {
  it("drops the least recently used, counts that, and never holds more than its bytes", () => {
    for (let i = 0; i < 500; i++) {
      keep(`query ${i}`);
      expect(ask("query 0")).toBe(true);
      expect(cache.total.sizeBytes).toBeLessThanOrEqual(BYTES);
    }
    expect(cache.total.evictions).toBeGreaterThan(350);
    expect(cache.of(1)).toEqual(cache.total);
    expect([ask("query 1"), ask("query 499")]).toEqual([false, true]);
  });

  it("counts an eviction for the namespace that lost, not for the one that came", () => {
    keep("a", { ...QUIET, number: 2 });
    for (let i = 0; i < 500; i++) keep(`query ${i}`);
    expect(cache.of(2)).toMatchObject({ evictions: 1, sizeBytes: 0 });
  });

  it("is not filled by queries that come once", () => {
    for (let i = 0; i < 5_000; i++) ask(`query ${i}`);
    expect(cache.total.sizeBytes).toBe(0);
  });
});

describe("a namespace", () => {
  it("whose answers are dropped keeps its counts; one that is gone leaves nothing", () => {
    keep("a");
    keep("a", { ...QUIET, number: 2 });
    cache.empty(1);
    expect(cache.of(1)).toEqual({ hits: 0, misses: 2, evictions: 0, sizeBytes: 0 });
    expect(ask("a")).toBe(false);
    cache.forget(1);
    cache.forget(7);
    expect(cache.of(1)).toEqual({ hits: 0, misses: 0, evictions: 0, sizeBytes: 0 });
    expect(cache.total.misses).toBe(5);
    expect(ask("a", { ...QUIET, number: 2 })).toBe(true);
  });
});
