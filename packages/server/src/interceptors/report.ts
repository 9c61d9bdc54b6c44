import type { ConnectError, Interceptor } from "@connectrpc/connect";
import { CALL, type Call } from "../call.js";
import { codeName, errorInfoOf, toConnectError } from "../errors.js";
import type { Reporter } from "../observability/report.js";
import { around } from "./around.js";

/** Metrics and access log of each call. Stands outside of the errors interceptor, so it sees what leaves the server. */
export function report(reporter: Reporter): Interceptor {
  return (next) => (request) => {
    const call = request.contextValues.get(CALL);
    const { name } = request.method;
    const startedAt = performance.now();
    call.isReported = true;
    return around(next, request, {
      onDone: () => reportDone(reporter, call, name, startedAt),
      onError: (thrown) => reportFailure(reporter, { call, method: name, startedAt }, thrown),
    });
  };
}

/** @param startedAt  by `performance.now()` */
export function reportDone(reporter: Reporter, call: Call, method: string, startedAt: number): void {
  reporter.end(call, { method, durationMs: performance.now() - startedAt, code: "ok" });
}

/** @returns the error as it leaves */
export function reportFailure(
  reporter: Reporter,
  { call, method, startedAt }: { readonly call: Call; readonly method: string; readonly startedAt: number },
  thrown: unknown,
): ConnectError {
  const error = toConnectError(thrown);
  const { reason, facts } = errorInfoOf(error);
  const isOverQuota = facts.quota !== undefined;
  const seen = { code: error.code, reason, isOverQuota, message: error.rawMessage, cause: error.cause };
  const durationMs = performance.now() - startedAt;
  reporter.end(call, { method, durationMs, code: codeName(error.code), error: seen });
  return error;
}
