import { describe, expect, it } from "vitest";
import { checkFaults, FaultQueue } from "./faults.mjs";

const QUERY = "/vecstore.v1.VecStoreService/Query";
const COUNT = "/vecstore.v1.VecStoreService/Count";

describe("faults", () => {
  it.each([
    [[{ kind: "explode" }], "faults[0].kind is explode"],
    [[{ kind: "pass" }, { kind: "cut" }], "faults[1] of the kind cut needs bytes"],
    [[{ kind: "hang", bytes: 1 }], "takes no bytes"],
    [[{ kind: "status", status: 503, strict: true }], "needs retry_after"],
    ["hang", "must be an array"],
  ])("%j are refused: %s", (faults, message) => {
    expect(() => checkFaults(faults)).toThrow(message);
  });

  it("are taken in order, as often as they say, by requests for their RPC", () => {
    const queue = new FaultQueue([
      { kind: "hang", rpc: "Query" },
      { kind: "reset_before", times: 2 },
    ]);
    const taken = [COUNT, QUERY, COUNT, COUNT].map((path) => queue.take(path).kind);
    expect(taken).toEqual(["reset_before", "hang", "reset_before", "pass"]);
  });

  it("refuse what comes before Retry-After is over", () => {
    const queue = new FaultQueue([{ kind: "status", status: 503, retry_after: 60, strict: true }]);
    expect(queue.take(COUNT).kind).toBe("status");
    expect(queue.take(COUNT)).toMatchObject({ kind: "error", reason: "INTERNAL" });
  });
});
