import { describe, expect, it } from "vitest";
import { VecStoreError } from "./errors.js";
import type { Interruption, InterruptionOptions } from "./model/interruption.js";
import { Reconnection } from "./reconnection.js";
import { retryPolicy } from "./retry.js";
import { ManualClock } from "./testing/manual-clock.js";

const LOST = new VecStoreError({ code: "unavailable", reason: "CONNECTION_LOST", message: "" });
const REFUSED = new VecStoreError({ code: "permission_denied", reason: "PERMISSION_DENIED", message: "" });

/** Waits are as long as they may be: 100 ms, then 200, 400 and so on. */
function setUp(options: InterruptionOptions & { signal?: AbortSignal; timeoutMs?: number } = {}) {
  const clock = new ManualClock();
  const told: Interruption[] = [];
  const onInterruption = (each: Interruption) => void told.push(each);
  const policy = retryPolicy({}, clock, () => 1);
  return { clock, told, policy, reconnection: new Reconnection({ onInterruption, ...options }, { policy }) };
}

describe("Reconnection", () => {
  it("tells of each wait, and once when something got done: how often and how long it was tried", async () => {
    const { reconnection, told } = setUp();
    reconnection.progressed();
    await reconnection.waitAfter(LOST);
    await reconnection.waitAfter(LOST);
    reconnection.progressed();
    reconnection.progressed();
    await reconnection.waitAfter(LOST);
    expect(told).toEqual([
      { state: "waiting", error: LOST, attempts: 1, durationMs: 0, delayMs: 100 },
      { state: "waiting", error: LOST, attempts: 2, durationMs: 100, delayMs: 200 },
      { state: "over", error: LOST, attempts: 2, durationMs: 300, delayMs: 0 },
      { state: "waiting", error: LOST, attempts: 1, durationMs: 0, delayMs: 100 },
    ]);
  });

  it("loses its patience before a wait that would outlast it, which begins with the first failure", async () => {
    const { reconnection, clock, told } = setUp({ patienceMs: 700 });
    await clock.sleep(10_000, new AbortController().signal);
    for (let attempt = 1; attempt <= 2; attempt++) await reconnection.waitAfter(LOST);
    await expect(reconnection.waitAfter(LOST)).rejects.toBe(LOST);
    expect(told).toHaveLength(2);
  });

  it("throws at once what does not pass, what is no error of the client's, and all without patience", async () => {
    const gone = new Error("the file is gone");
    const { reconnection, told } = setUp();
    await expect(reconnection.waitAfter(REFUSED)).rejects.toBe(REFUSED);
    await expect(reconnection.waitAfter(gone)).rejects.toBe(gone);
    await expect(setUp({ patienceMs: 0 }).reconnection.waitAfter(LOST)).rejects.toBe(LOST);
    expect(told).toEqual([]);
  });

  it("lets attempts share the deadline, and starts no wait past it", async () => {
    const { reconnection, clock } = setUp({ timeoutMs: 250 });
    expect([setUp().reconnection.timeoutMs, reconnection.timeoutMs]).toEqual([undefined, 250]);
    await reconnection.waitAfter(LOST);
    expect(reconnection.timeoutMs).toBe(150);
    await expect(reconnection.waitAfter(LOST)).rejects.toBe(LOST);
    await clock.sleep(500, new AbortController().signal);
    expect(reconnection.timeoutMs).toBe(1);
  });

  it("ends with the signal, without a word", async () => {
    const { reconnection, told } = setUp({ signal: AbortSignal.abort() });
    await expect(reconnection.waitAfter(LOST)).rejects.toMatchObject({ reason: "CANCELED" });
    expect(told).toEqual([]);
  });

  it("passes on what is thrown by who is told", async () => {
    const broken = new Error("no screen");
    const onInterruption = () => {
      throw broken;
    };
    await expect(setUp({ onInterruption }).reconnection.waitAfter(LOST)).rejects.toBe(broken);
  });

  it.each([-1, Number.NaN, "5" as unknown as number])("refuses a patience of %j", (patienceMs) => {
    expect(() => setUp({ patienceMs })).toThrow(/patienceMs is .*; it must be milliseconds, 0 or more/);
  });
});
