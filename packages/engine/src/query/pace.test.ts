import { describe, expect, it } from "vitest";
import { Pace } from "./pace.js";

describe("the pace of long work", () => {
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
});
