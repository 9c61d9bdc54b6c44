import type { Interceptor } from "@connectrpc/connect";
import { CALL } from "../call.js";
import { codeName, errorInfoOf, toConnectError } from "../errors.js";
import type { Reporter } from "../observability/report.js";
import { around } from "./around.js";

/** Metrics and access log of each call. Stands outside of the errors interceptor, so it sees what leaves the server. */
export function report(reporter: Reporter): Interceptor {
  return (next) => (request) => {
    const call = request.contextValues.get(CALL);
    const method = request.method.name;
    const startedAt = performance.now();
    const durationMs = () => performance.now() - startedAt;
    call.isReported = true;
    return around(next, request, {
      onDone: () => reporter.end(call, { method, durationMs: durationMs(), code: "ok" }),
      onError: (thrown) => {
        const error = toConnectError(thrown);
        const { reason, facts } = errorInfoOf(error);
        const isOverQuota = facts.quota !== undefined;
        const seen = { code: error.code, reason, isOverQuota, message: error.rawMessage, cause: error.cause };
        reporter.end(call, { method, durationMs: durationMs(), code: codeName(error.code), error: seen });
        return error;
      },
    });
  };
}
