import { beforeEach, describe, expect, it } from "vitest";
import { RequestRates } from "./request-rates.js";

let nowMs: number;
beforeEach(() => {
  nowMs = 5_000;
});
const now = () => nowMs;

describe("the rate of requests", () => {
  it("is bounded for each client by itself", () => {
    const rates = new RequestRates({ maxClientRequestsPerSecond: 2 }, now);
    expect([rates.takeClient("a"), rates.takeClient("a"), rates.takeClient("b")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(rates.takeClient("a")).toEqual({ setting: "max_client_requests_per_second", limit: 2, waitMs: 500 });
    nowMs += 500;
    expect([rates.takeClient("a"), rates.takeShared()]).toEqual([undefined, undefined]);
  });

  it("is bounded for all together", () => {
    const rates = new RequestRates({ maxRequestsPerSecond: 1 }, now);
    expect([rates.takeShared(), rates.takeClient("a")]).toEqual([undefined, undefined]);
    expect(rates.takeShared()).toEqual({ setting: "max_requests_per_second", limit: 1, waitMs: 1_000 });
    nowMs += 1_000;
    expect(rates.takeShared()).toBeUndefined();
  });

  it("remembers 10,000 clients, and forgets the one that came longest ago", () => {
    const rates = new RequestRates({ maxClientRequestsPerSecond: 1 }, now);
    rates.takeClient("often");
    rates.takeClient("once");
    for (let at = 0; at < 9_999; at++) {
      rates.takeClient(`client ${at}`);
      expect(rates.takeClient("often"), `after ${at}`).toBeDefined();
    }
    expect(rates.clients).toBe(10_000);
    expect(rates.takeClient("once")).toBeUndefined();
  });

  it("keeps nothing of clients while nothing bounds them", () => {
    const rates = new RequestRates({}, now);
    for (let at = 0; at < 10; at++)
      expect([rates.takeClient(`${at}`), rates.takeShared()]).toEqual([undefined, undefined]);
    expect(rates.clients).toBe(0);
    expect([RequestRates.of({}, now), RequestRates.of({ maxRequestsPerSecond: 1 }, now)]).toEqual([
      undefined,
      expect.any(RequestRates),
    ]);
  });
});
