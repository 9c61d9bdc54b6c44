import { EventEmitter } from "node:events";
import type { ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { errorInfoOf } from "../errors.js";
import { createRandom } from "../testing/random.js";
import { type BusyNamespace, Traffic, type TrafficQuotas } from "./traffic.js";

let nowMs: number;
let traffic: Traffic;
beforeEach(() => {
  nowMs = 12_345;
  traffic = new Traffic(() => nowMs);
});

const numbers = new Map<string, number>();
const numberOf = (name: string): number => {
  const number = numbers.get(name) ?? numbers.size + 1;
  numbers.set(name, number);
  return number;
};
const liveOf = (name: string) => traffic.of(numberOf(name));
const busy = (name: string, quotas: TrafficQuotas = {}): BusyNamespace => ({ name, number: numberOf(name), quotas });

const requests = (count: number, namespace = "a") => {
  for (let i = 0; i < count; i++) traffic.enter(busy(namespace), undefined);
};

describe("requests of the last second", () => {
  it("are those of a second, to within 50 ms, and of one namespace", () => {
    requests(3);
    requests(1, "b");
    nowMs += 500;
    requests(4);
    expect([liveOf("a").currentQps, liveOf("b").currentQps, traffic.total().currentQps]).toEqual([7, 1, 8]);
    nowMs += 450;
    expect(liveOf("a").currentQps).toBe(7);
    nowMs += 50;
    expect(liveOf("a").currentQps).toBe(4);
    nowMs += 500;
    expect(liveOf("a").currentQps).toBe(0);
    requests(2);
    nowMs += 1_000_000;
    expect(liveOf("a").currentQps).toBe(0);
    requests(1);
    expect(liveOf("a").currentQps).toBe(1);
  });

  it("are counted of thousands of namespaces, and what is idle goes", () => {
    for (let i = 0; i < 2_500; i++) requests(1, `n${i}`);
    expect(traffic.total().currentQps).toBe(2_500);
    nowMs += 2_000;
    const end = traffic.beginQuery(busy("busy"));
    for (let i = 0; i < 2_500; i++) requests(1, `m${i}`);
    expect([traffic.total().currentQps, liveOf("busy").concurrentQueries]).toEqual([2_500, 1]);
    end();
  });
});

describe("queries", () => {
  it("count while they run", () => {
    const ends = [traffic.beginQuery(busy("a")), traffic.beginQuery(busy("a")), traffic.beginQuery(busy("b"))];
    expect([liveOf("a").concurrentQueries, traffic.total().concurrentQueries]).toEqual([2, 3]);
    for (const end of ends) end();
    expect([liveOf("a").concurrentQueries, traffic.total().concurrentQueries]).toEqual([0, 0]);
  });
});

describe("connections", () => {
  it("count for a namespace from the first request to their end, once for all", () => {
    const [one, two] = [new EventEmitter(), new EventEmitter()];
    traffic.enter(busy("a"), one);
    traffic.enter(busy("a"), one);
    traffic.enter(busy("b"), one);
    traffic.enter(busy("a"), two);
    const counts = () => [
      liveOf("a").activeConnections,
      liveOf("b").activeConnections,
      traffic.total().activeConnections,
    ];
    expect(counts()).toEqual([2, 1, 2]);
    one.emit("close");
    expect(counts()).toEqual([1, 0, 1]);
    two.emit("close");
    expect(counts()).toEqual([0, 0, 0]);
    expect(one.listenerCount("close")).toBe(0);
  });
});

/** The reason of a refusal and what it says to a program; undefined when it was taken on. */
function refused(call: () => unknown): readonly unknown[] | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    const { reason, facts } = errorInfoOf(error as ConnectError);
    return [reason, facts.quota, facts.limit, (error as ConnectError).metadata.get("retry-after")];
  }
}

const CONNECTIONS = Array.from({ length: 32 }, () => new EventEmitter());

describe("max_qps", () => {
  const enter = (maxQps: number) => refused(() => traffic.enter(busy("a", { maxQps }), undefined));

  it("lets a second's worth through at once, then as many as come in", () => {
    for (let i = 0; i < 5; i++) expect(enter(5)).toBeUndefined();
    expect(enter(5)).toEqual(["RATE_LIMITED", "max_qps", "5", "1"]);
    expect(liveOf("a").currentQps).toBe(5);
    nowMs += 199;
    expect(enter(5)).toBeDefined();
    nowMs += 1;
    expect([enter(5), enter(5)?.[0]]).toEqual([undefined, "RATE_LIMITED"]);
    nowMs += 60_000;
    for (let i = 0; i < 5; i++) expect(enter(5)).toBeUndefined();
    expect(enter(5)).toBeDefined();
  });

  it("may be a fraction, and says when to come again", () => {
    expect(enter(0.1)).toBeUndefined();
    expect(enter(0.1)).toEqual(["RATE_LIMITED", "max_qps", "0.1", "10"]);
    nowMs += 9_000;
    expect(enter(0.1)?.[3]).toBe("1");
    nowMs += 1_000;
    expect(enter(0.1)).toBeUndefined();
  });

  it("never tells anybody to wait longer than a day", () => {
    for (const maxQps of [Number.MIN_VALUE, 1e-9]) {
      const asked = () => refused(() => traffic.enter(busy(`n${maxQps}`, { maxQps }), undefined));
      expect(asked()).toBeUndefined();
      expect(asked()?.[3]).toBe("86400");
    }
  });

  it("holds to the request under 32 callers who come in any order, however the clock goes", () => {
    const random = createRandom(32);
    const [rate, callers] = [50, 32];
    const fromMs = nowMs;
    let taken = 0;
    for (let turn = 0; turn < 20_000; turn++) {
      // Many in one moment, some a little later, and now and then none for a while.
      if (random() < 0.3) nowMs += random() * (random() < 0.01 ? 3_000 : 4);
      const connection = CONNECTIONS[Math.floor(random() * callers)]!;
      if (refused(() => traffic.enter(busy("a", { maxQps: rate }), connection)) === undefined) taken++;
      expect(taken).toBeLessThanOrEqual(rate + ((nowMs - fromMs) / 1_000) * rate + 1e-6);
    }
    expect(liveOf("a").activeConnections).toBe(callers);
    // With so many asking no token is left for long.
    expect(taken).toBeGreaterThan(((nowMs - fromMs) / 1_000) * rate * 0.5);
  });

  it("holds as it is now, over any time and change, to the request", () => {
    let taken = 0;
    for (let i = 0; i < 10_000; i++, nowMs += 1) if (enter(20) === undefined) taken++;
    expect(taken).toBe(20 + 199);
    for (let i = 0; i < 100; i++) enter(20);
    expect(enter(1_000)).toBeDefined();
    nowMs += 10;
    for (let i = 0; i < 10; i++) expect(enter(1_000)).toBeUndefined();
    expect(refused(() => traffic.enter(busy("a"), undefined))).toBeUndefined();
  });

  it("is not got around by waiting until its meter is forgotten", () => {
    expect(enter(0.001)).toBeUndefined();
    nowMs += 5_000;
    for (let i = 0; i < 3_000; i++) requests(1, `n${i}`);
    expect(enter(0.001)).toBeDefined();
  });
});

describe("a batch of queries", () => {
  const enter = (queries: number, quotas: TrafficQuotas = { maxQps: 10 }) =>
    refused(() => traffic.enter(busy("a", quotas), undefined, queries));

  it("takes as much of the rate as it has queries, all or none", () => {
    expect([enter(7), enter(3)]).toEqual([undefined, undefined]);
    expect(enter(1)?.[0]).toBe("RATE_LIMITED");
    expect(liveOf("a").currentQps).toBe(10);
    nowMs += 500;
    expect(enter(6)?.[0]).toBe("RATE_LIMITED");
    expect([enter(5), enter(1)?.[0]]).toEqual([undefined, "RATE_LIMITED"]);
  });

  it("is told to wait until all of it may come", () => {
    enter(10);
    expect(enter(10)).toEqual(["RATE_LIMITED", "max_qps", "10", "1"]);
    nowMs += 999;
    expect(enter(10)?.[0]).toBe("RATE_LIMITED");
    nowMs += 1;
    expect(enter(10)).toBeUndefined();
  });

  it("is refused for good when a second never brings so much, and takes nothing", () => {
    expect(enter(11)).toEqual(["BATCH_TOO_LARGE", "max_qps", "10", null]);
    expect(enter(3, { maxQps: 2.9 })).toEqual(["BATCH_TOO_LARGE", "max_qps", "2", null]);
    expect(enter(2, { maxQps: 0.1 })).toEqual(["BATCH_TOO_LARGE", "max_qps", "1", null]);
    expect(liveOf("a").currentQps).toBe(0);
    expect([enter(1, { maxQps: 0.1 }), enter(1_000, {})]).toEqual([undefined, undefined]);
  });
});

describe("a namespace that was deleted and made again under its name", () => {
  it("begins with nothing of the other", () => {
    const connection = new EventEmitter();
    const quotas = { maxQps: 1, maxConnections: 1, maxConcurrentQueries: 1 };
    const [first, second] = [1, 2].map((number) => ({ name: "a", number, quotas })) as [BusyNamespace, BusyNamespace];
    traffic.enter(first, connection);
    const end = traffic.beginQuery(first);
    expect(refused(() => traffic.enter(first, connection))?.[0]).toBe("RATE_LIMITED");
    expect(traffic.of(2)).toEqual({ currentQps: 0, activeConnections: 0, concurrentQueries: 0 });
    expect(refused(() => traffic.enter(second, new EventEmitter()))).toBeUndefined();
    expect(refused(() => traffic.beginQuery(second))).toBeUndefined();
    end();
    connection.emit("close");
    expect([traffic.of(1).activeConnections, traffic.of(2).activeConnections]).toEqual([0, 1]);
  });
});

describe("max_concurrent_queries", () => {
  it("refuses one more, until one has ended", () => {
    const begin = () => traffic.beginQuery(busy("a", { maxConcurrentQueries: 2 }));
    const ends = [begin(), begin()];
    expect(refused(begin)).toEqual(["CONCURRENCY_LIMITED", "max_concurrent_queries", "2", "1"]);
    expect(refused(() => traffic.beginQuery(busy("b", { maxConcurrentQueries: 2 })))).toBeUndefined();
    ends[0]!();
    expect(refused(begin)).toBeUndefined();
  });
});

describe("a connection that closed before its request came to its namespace", () => {
  it("is not counted, since nobody would ever say that it has closed", () => {
    const gone = Object.assign(new EventEmitter(), { destroyed: true });
    const open = Object.assign(new EventEmitter(), { destroyed: false });
    traffic.enter(busy("a", { maxConnections: 1 }), gone);
    expect([liveOf("a").activeConnections, gone.listenerCount("close")]).toEqual([0, 0]);
    expect(refused(() => traffic.enter(busy("a", { maxConnections: 1 }), open))).toBeUndefined();
    expect(liveOf("a").activeConnections).toBe(1);
  });
});

describe("max_connections", () => {
  it("refuses a further connection, and no request of those that are in", () => {
    const [one, two] = [new EventEmitter(), new EventEmitter()];
    const enter = (connection: EventEmitter, namespace = "a") =>
      refused(() => traffic.enter(busy(namespace, { maxConnections: 1 }), connection));
    expect(enter(one)).toBeUndefined();
    expect(enter(two)).toEqual(["CONNECTIONS_LIMITED", "max_connections", "1", "5"]);
    expect(enter(two, "b")).toBeUndefined();
    expect(enter(one)).toBeUndefined();
    expect([liveOf("a").activeConnections, liveOf("a").currentQps]).toEqual([1, 2]);
    one.emit("close");
    expect(enter(two)).toBeUndefined();
  });
});
