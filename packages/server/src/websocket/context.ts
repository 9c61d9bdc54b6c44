import type { IncomingMessage } from "node:http";
import type { ConnectError, Interceptor } from "@connectrpc/connect";
import type { Authority } from "../auth/authority.js";
import type { Clock } from "../auth/clock.js";
import type { Decision } from "../auth/permit.js";
import { type Call, createCall, requestIdOf } from "../call.js";
import { codeName, errorInfoOf } from "../errors.js";
import { headerLookup } from "../node-http.js";
import type { Reporter } from "../observability/report.js";
import type { Tracing } from "../observability/tracing/tracing.js";
import type { Ledger } from "../quota/request-account.js";
import type { MethodEntry } from "../rpc/services.js";

/** What every socket of the door works with. */
export interface SocketContext {
  readonly authority: Authority;
  /** QueryStream. */
  readonly entry: MethodEntry;
  readonly interceptors: readonly Interceptor[];
  readonly reporter: Reporter;
  /** Told what queries did in each namespace. */
  readonly ledger: Ledger;
  readonly tracing: Tracing;
  readonly clock: Clock;
  /** A socket on which no query runs and no frame comes is closed after this. */
  readonly idleTimeoutMs: number;
}

/** A call of the door: a frame, or the handshake. `asked` is what the caller names it. */
export function callOf(
  { entry: { method }, tracing }: Pick<SocketContext, "entry" | "tracing">,
  request: IncomingMessage,
  decision: Decision,
  asked?: unknown,
): Call {
  const header = headerLookup(request);
  return createCall({
    door: "websocket",
    requestId: requestIdOf(asked),
    decision,
    namespaceHeader: header("x-namespace"),
    method,
    address: request.socket.remoteAddress,
    connection: request.socket,
    trace: tracing.begin(header("traceparent")),
  });
}

/** Counts and logs a call that ended before it reached the interceptors. */
export function reportEarly(reporter: Reporter, call: Call, error: ConnectError): void {
  if (call.isReported) return;
  const { reason } = errorInfoOf(error);
  const seen = { code: error.code, reason, message: error.rawMessage, cause: error.cause };
  reporter.end(call, { method: call.method?.name ?? "none", durationMs: 0, code: codeName(error.code), error: seen });
}
