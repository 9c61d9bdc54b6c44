import { describe, expect, it } from "vitest";
import { SYSTEM_CLOCK } from "./clock.js";
import { VecStoreError } from "./errors.js";
import { type RetryOptions, type RetryScope, retryPolicy, withRetries } from "./retry.js";
import { ManualClock } from "./testing/manual-clock.js";

function busy(reason: string, retryAfterMs?: number): VecStoreError {
  return new VecStoreError({ code: "unavailable", reason, message: reason, retryAfterMs });
}

function setUp(scope: Partial<RetryScope>, options: RetryOptions | false = {}, random = () => 1) {
  const clock = new ManualClock();
  const policy = retryPolicy(options, clock, random);
  const signal = new AbortController().signal;
  return { clock, scope: { policy, repeatable: true, deadlineMs: 30_000, signal, ...scope } };
}

/** Fails with each of `errors` in turn, then answers how often it was called. */
function failing(...errors: unknown[]): () => Promise<number> {
  let calls = 0;
  return async () => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return calls;
  };
}

describe("withRetries", () => {
  it("waits up to twice as long each time, and no longer than the bound", async () => {
    const { clock, scope } = setUp({}, { attempts: 6, backoffMs: 100, backoffMsMax: 500 });
    const attempt = failing(...Array.from({ length: 5 }, () => busy("DRAINING")));
    expect(await withRetries(scope, attempt)).toBe(6);
    expect(clock.sleeps).toEqual([100, 200, 400, 500, 500]);
  });

  it("spreads the waits by chance", async () => {
    const { clock, scope } = setUp({}, {}, () => 0.25);
    await withRetries(scope, failing(busy("DRAINING"), busy("DRAINING")));
    expect(clock.sleeps).toEqual([25, 50]);
  });

  it("waits at least as long as Retry-After says", async () => {
    const { clock, scope } = setUp({}, {}, () => 0.5);
    await withRetries(scope, failing(busy("DRAINING", 2_000)));
    expect(clock.sleeps).toEqual([2_050]);
  });

  it("gives up after the attempts and throws the last error", async () => {
    const { scope } = setUp({});
    const last = busy("DRAINING");
    await expect(withRetries(scope, failing(busy("STARTING"), busy("STARTING"), last))).rejects.toBe(last);
  });

  it("does not wait past the deadline", async () => {
    const { clock, scope } = setUp({ deadlineMs: 1_000 });
    await expect(withRetries(scope, failing(busy("DRAINING", 1_000)))).rejects.toMatchObject({ reason: "DRAINING" });
    expect(clock.sleeps).toEqual([]);
  });

  it("makes one attempt when retries are off", async () => {
    const { scope } = setUp({}, false);
    await expect(withRetries(scope, failing(busy("DRAINING")))).rejects.toMatchObject({ reason: "DRAINING" });
  });

  it.each(["UNREACHABLE", "STARTING"])("repeats a bare write after %s, since it never began", async (reason) => {
    const { scope } = setUp({ repeatable: false });
    expect(await withRetries(scope, failing(busy(reason)))).toBe(2);
  });

  it.each(["CONNECTION_LOST", "DRAINING", "STORE_CLOSED"])("does not repeat a bare write after %s", async (reason) => {
    const { scope } = setUp({ repeatable: false });
    await expect(withRetries(scope, failing(busy(reason)))).rejects.toMatchObject({ reason });
  });

  it.each([new VecStoreError({ code: "invalid_argument", reason: "INVALID_ID", message: "" }), new Error("bug")])(
    "never repeats what cannot pass: %s",
    async (error) => {
      const { scope } = setUp({});
      await expect(withRetries(scope, failing(error))).rejects.toBe(error);
    },
  );

  it("stops waiting when the signal is aborted", async () => {
    const { scope } = setUp({ signal: AbortSignal.abort() });
    await expect(withRetries(scope, failing(busy("DRAINING")))).rejects.toMatchObject({ reason: "CANCELED" });
  });
});

describe("SYSTEM_CLOCK", () => {
  it("ends a wait as soon as the signal is aborted, before and during it", async () => {
    await expect(SYSTEM_CLOCK.sleep(1e9, AbortSignal.abort())).rejects.toMatchObject({ reason: "CANCELED" });
    const controller = new AbortController();
    const waiting = SYSTEM_CLOCK.sleep(1e9, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ reason: "CANCELED" });
  });

  it("waits otherwise", async () => {
    const startMs = SYSTEM_CLOCK.nowMs();
    await SYSTEM_CLOCK.sleep(0, new AbortController().signal);
    expect(SYSTEM_CLOCK.nowMs()).toBeGreaterThanOrEqual(startMs);
  });
});
