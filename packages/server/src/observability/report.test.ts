import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createCall } from "../call.js";
import { codeName, ERROR_TABLE, type Reason } from "../errors.js";
import { createLog } from "./logger.js";
import { createMetrics } from "./metrics.js";
import { createReporter } from "./report.js";

/** Codes of requests that are turned away, whatever they ask for. */
const TURNED_AWAY: readonly Code[] = [
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.ResourceExhausted,
  Code.Unavailable,
];
/** What is turned away by the state that an admin gave its namespace. */
const BY_STATUS = ["NAMESPACE_READ_ONLY", "NAMESPACE_SUSPENDED"];

async function refusalsAfter(reason: Reason, isOverQuota = false): Promise<readonly string[]> {
  const metrics = createMetrics({ namespacesMax: 1, numbersOf: async () => new Map() });
  const reporter = createReporter({ log: createLog("fatal", { write: () => {} }).log, metrics, slowQueryMs: 1_000 });
  const decision = { isAllowed: true, userId: "anonymous", role: "admin" } as const;
  const call = createCall({ door: "rest", requestId: "r", decision, namespaceHeader: undefined });
  const { code } = ERROR_TABLE[reason];
  const error = { code, reason, isOverQuota, message: "", cause: undefined };
  reporter.end(call, { method: "Upsert", durationMs: 1, code: codeName(code), error });
  return (await metrics.render()).text.split("\n").filter((line) => line.startsWith("vecstore_refusals_total{"));
}

describe("vecstore_refusals_total", () => {
  it.each(Object.keys(ERROR_TABLE) as Reason[])("counts what is turned away, and no more: %s", async (reason) => {
    const isRefusal = TURNED_AWAY.includes(ERROR_TABLE[reason].code) || BY_STATUS.includes(reason);
    expect(await refusalsAfter(reason)).toEqual(isRefusal ? [`vecstore_refusals_total{reason="${reason}"} 1`] : []);
  });

  it("counts what a quota of the namespace refused, whatever the reason", async () => {
    expect(await refusalsAfter("BATCH_TOO_LARGE", true)).toEqual([
      'vecstore_refusals_total{reason="BATCH_TOO_LARGE"} 1',
    ]);
  });
});
