import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pace } from "./pace.js";

describe("the pace of long work", () => {
  let nowMs = 1_000;
  beforeEach(() => {
    vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("does not begin what nobody waits for", () => {
    const canceled = expect.objectContaining({ reason: "CANCELED", code: "canceled" });
    const late = expect.objectContaining({ reason: "DEADLINE_EXCEEDED", code: "deadline_exceeded" });
    expect(() => new Pace({ signal: AbortSignal.abort() })).toThrow(canceled);
    expect(() => new Pace({ deadlineMs: Date.now() })).toThrow(late);
    expect(() => new Pace({ signal: new AbortController().signal, deadlineMs: Date.now() + 60_000 })).not.toThrow();
  });

  it("gives others a turn, then stops what was canceled meanwhile", async () => {
    const controller = new AbortController();
    const pace = new Pace({ signal: controller.signal });
    let others = 0;
    setImmediate(() => others++);
    await pace.next();
    expect(others).toBe(1);
    controller.abort();
    await expect(pace.next()).rejects.toMatchObject({ reason: "CANCELED" });
  });
  it("is due when a slice is used up, whoever used it, and no more after the turn", async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(new Pace({}).due).toBe(false);
    nowMs += 2;
    const other = new Pace({});
    expect(other.due).toBe(true);
    await other.next();
    expect(other.due).toBe(false);
  });

  it("gives others a turn between short pieces of work that are awaited one after the other", async () => {
    let pieces = 0;
    let others = 0;
    setImmediate(() => others++);
    for (; others === 0 && pieces < 1_000; pieces++) {
      await new Pace({}).begin();
      nowMs += 1;
    }
    expect(pieces).toBeGreaterThan(1);
    expect(pieces).toBeLessThan(20);
  });
});
