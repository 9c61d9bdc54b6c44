import { totalmem } from "node:os";
import { Registry } from "prom-client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { addMemoryLimit } from "./memory-limit.js";

const render = async () => {
  const registry = new Registry();
  addMemoryLimit(registry);
  const line = (await registry.metrics()).split("\n").find((each) => each.startsWith("vecstore_memory_limit_bytes "));
  return Number(line?.split(" ")[1]);
};

afterEach(() => vi.restoreAllMocks());

describe("the memory limit", () => {
  it.each([
    ["the container's where it has fewer than the machine", 2 ** 20, 2 ** 20],
    ["the machine's where there is no container", 0, totalmem()],
    ["the machine's where the system says that there is no limit", 2 ** 63, totalmem()],
  ])("is %s", async (_, constrained, expected) => {
    vi.spyOn(process, "constrainedMemory").mockReturnValue(constrained);
    expect(await render()).toBe(expected);
  });
});
