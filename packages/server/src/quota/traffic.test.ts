import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, it } from "vitest";
import { Traffic } from "./traffic.js";

let nowMs: number;
let traffic: Traffic;
beforeEach(() => {
  nowMs = 12_345;
  traffic = new Traffic(() => nowMs);
});

const requests = (count: number, namespace = "a") => {
  for (let i = 0; i < count; i++) traffic.enter(namespace, undefined);
};

describe("requests of the last second", () => {
  it("are those of a second, to within 50 ms, and of one namespace", () => {
    requests(3);
    requests(1, "b");
    nowMs += 500;
    requests(4);
    expect([traffic.of("a").currentQps, traffic.of("b").currentQps, traffic.total().currentQps]).toEqual([7, 1, 8]);
    nowMs += 450;
    expect(traffic.of("a").currentQps).toBe(7);
    nowMs += 50;
    expect(traffic.of("a").currentQps).toBe(4);
    nowMs += 500;
    expect(traffic.of("a").currentQps).toBe(0);
    requests(2);
    nowMs += 1_000_000;
    expect(traffic.of("a").currentQps).toBe(0);
    requests(1);
    expect(traffic.of("a").currentQps).toBe(1);
  });

  it("are counted of thousands of namespaces, and what is idle goes", () => {
    for (let i = 0; i < 2_500; i++) requests(1, `n${i}`);
    expect(traffic.total().currentQps).toBe(2_500);
    nowMs += 2_000;
    const end = traffic.beginQuery("busy");
    for (let i = 0; i < 2_500; i++) requests(1, `m${i}`);
    expect([traffic.total().currentQps, traffic.of("busy").concurrentQueries]).toEqual([2_500, 1]);
    end();
  });
});

describe("queries", () => {
  it("count while they run", () => {
    const ends = [traffic.beginQuery("a"), traffic.beginQuery("a"), traffic.beginQuery("b")];
    expect([traffic.of("a").concurrentQueries, traffic.total().concurrentQueries]).toEqual([2, 3]);
    for (const end of ends) end();
    expect([traffic.of("a").concurrentQueries, traffic.total().concurrentQueries]).toEqual([0, 0]);
  });
});

describe("connections", () => {
  it("count for a namespace from the first request to their end, once for all", () => {
    const [one, two] = [new EventEmitter(), new EventEmitter()];
    traffic.enter("a", one);
    traffic.enter("a", one);
    traffic.enter("b", one);
    traffic.enter("a", two);
    const counts = () => [
      traffic.of("a").activeConnections,
      traffic.of("b").activeConnections,
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
