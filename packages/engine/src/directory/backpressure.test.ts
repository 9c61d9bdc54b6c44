import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { holdBack } from "./backpressure.js";
import type { OpenNamespace } from "./open-namespace.js";

const BOUND = 10_000;

/** A graph that keeps the codes of all its slots. */
const WHOLE = { tailSlots: 200_000, capacity: 200_000 };

function namespaceWith(backlog: number, graph: object | null = WHOLE): OpenNamespace {
  const segment = { graph: graph ?? undefined, count: 100_000, indexed: 100_000 - backlog };
  return { state: { segments: [segment], backlog, context: { name: "docs" } } } as unknown as OpenNamespace;
}

/** How long a write is held, in the time of the fake clock. */
async function heldMs(backlog: number): Promise<number> {
  const startMs = Date.now();
  const held = holdBack(namespaceWith(backlog), () => BOUND).then(() => Date.now() - startMs);
  await vi.runAllTimersAsync();
  return held;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a write behind an unlinked tail", () => {
  it("passes at once up to the bound", async () => {
    expect(await heldMs(0)).toBe(0);
    expect(await heldMs(BOUND)).toBe(0);
  });

  it("is delayed in proportion beyond the bound", async () => {
    expect(await heldMs(BOUND * 1.25)).toBe(50);
    expect(await heldMs(BOUND * 1.5)).toBe(100);
    expect(await heldMs(BOUND * 1.99)).toBe(198);
  });

  it("is refused at twice the bound, and told when to come again", async () => {
    await expect(holdBack(namespaceWith(2 * BOUND), () => BOUND)).rejects.toMatchObject({
      code: "resource_exhausted",
      reason: "INDEX_BACKLOG",
      details: { backlog: "20000", bound: "20000", retry_after_ms: "1000" },
    });
  });

  it("never outgrows the codes that the graph keeps for its search", async () => {
    const graph = { tailSlots: 8_000, capacity: 200_000 };
    await holdBack(namespaceWith(4_000, graph), () => BOUND);
    const refused = { reason: "INDEX_BACKLOG", details: { bound: "8000" } };
    await expect(holdBack(namespaceWith(8_000, graph), () => BOUND)).rejects.toMatchObject(refused);
  });

  it("passes while the segment has no graph", async () => {
    await holdBack(namespaceWith(5 * BOUND, null), () => BOUND);
  });
});
