import { randomUUID } from "node:crypto";
import type { Code } from "@connectrpc/connect";
import type { Call, QueryFacts } from "../call.js";
import { createLineLimit, type LineLimit } from "./line-limit.js";
import { type Log, writeLine } from "./logger.js";
import type { Metrics } from "./metrics.js";

/** How a call ended. */
export interface CallEnd {
  /** `Query`, `Upsert`; the path's last part for what is no RPC. */
  readonly method: string;
  readonly durationMs: number;
  /** `ok`, or the name of the code. */
  readonly code: string;
  readonly error?: {
    readonly code: Code;
    readonly reason: string;
    /** True when a quota of the namespace refused it, whatever the reason. */
    readonly isOverQuota?: boolean;
    readonly message: string;
    /** What was thrown; its stack goes to the log for internal errors only. */
    readonly cause: unknown;
  };
}

/** Metrics and log of one server, behind one call. */
export interface Reporter {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Counts and logs a finished call, whichever door it came through. */
  end(call: Call, end: CallEnd): void;
}

/** Reasons that count as refusals: the request was turned away, not wrong. */
const REFUSALS = new Set<string>([
  "API_KEY_MISSING",
  "API_KEY_UNKNOWN",
  "PERMISSION_DENIED",
  "ORIGIN_NOT_ALLOWED",
  "RATE_LIMITED",
  "CONCURRENCY_LIMITED",
  "CONNECTIONS_LIMITED",
  "QUOTA_EXCEEDED",
  "NAMESPACE_FULL",
  "NAMESPACE_READ_ONLY",
  "NAMESPACE_SUSPENDED",
  "INDEX_BACKLOG",
  "MESSAGE_TOO_LARGE",
  "DRAINING",
  "STARTING",
  "STORE_CLOSED",
  "STORE_STOPPED",
  "DISK_FULL",
]);

/** Reasons whose messages quote the request: filters with their literals, pieces of a body. They are for the caller alone. */
const QUOTING = new Set<string>(["INVALID_FILTER", "INVALID_ARGUMENT", "INVALID_METADATA", "INVALID_VECTOR", ""]);

const QUERY_METHODS = new Set(["Query", "QueryStream", "BatchQuery"]);

/** Lines of failed queries a second, where the fault is not ours. */
const CALLER_ERROR_LINES_MAX = 100;
const CALLER_ERROR_WINDOW_MS = 1_000;

/** What a reporter needs. */
export interface ReporterOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly slowQueryMs: number;
  /** Told of each call that ended. */
  readonly onEnd?: (call: Call, ended: CallEnd) => void;
}

/** Makes the one reporter of a server. */
export function createReporter({ log, metrics, slowQueryMs, onEnd }: ReporterOptions): Reporter {
  const mayLogCallerError = createLineLimit({
    linesMax: CALLER_ERROR_LINES_MAX,
    windowMs: CALLER_ERROR_WINDOW_MS,
    onSuppressed: (suppressed) => log.error({ suppressed }, "query_errors_suppressed"),
  });
  const end = (call: Call, ended: CallEnd) => {
    const { method, code, durationMs } = ended;
    onEnd?.(call, ended);
    metrics.request({ door: call.door, method, code, durationMs });
    const namespace = call.facts.namespace ?? "default";
    if (ended.error !== undefined) reportError({ log, metrics, mayLogCallerError }, call, ended, ended.error);
    endSpan(call, ended);
    for (const query of call.facts.queries) {
      metrics.query(namespace, query);
      logQuery(log, call, query);
      if (query.durationMs >= slowQueryMs) logSlowQuery(log, call, query);
    }
    if (call.facts.write !== undefined) metrics.write(namespace, call.facts.write);
    if (!log.isLevelEnabled("debug")) return;
    log.debug({ ...fieldsOf(call), method, door: call.door, code, duration_ms: durationMs }, "request_complete");
  };
  return { log, metrics, end };
}

/** Where errors go. */
interface ErrorSinks {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly mayLogCallerError: LineLimit;
}

function reportError(
  { log, metrics, mayLogCallerError }: ErrorSinks,
  call: Call,
  ended: CallEnd,
  error: NonNullable<CallEnd["error"]>,
): void {
  if (error.isOverQuota || REFUSALS.has(error.reason)) metrics.refusal(error.reason);
  const isQuery = QUERY_METHODS.has(ended.method);
  if (isQuery) metrics.queryError(ended.code);
  const isOurs = ended.code === "internal" || ended.code === "data_loss";
  if (!isQuery && !isOurs) return;
  if (!isOurs && !mayLogCallerError()) return;
  const backtrace = isOurs && error.cause instanceof Error ? { backtrace: error.cause.stack } : {};
  const fields = {
    ...fieldsOf(call),
    // Of a call that was refused before its query began nothing else has an id, and each line has one to be found by.
    ...(isQuery && { query_id: call.facts.queryId ?? randomUUID() }),
    error: QUOTING.has(error.reason) ? "the request is not valid" : error.message,
    code: ended.code,
    reason: error.reason,
    ...backtrace,
  };
  log.error({ ...fields, method: ended.method }, isQuery ? "query_error" : "request_error");
}

function logQuery(log: Log, call: Call, query: QueryFacts): void {
  if (!log.isLevelEnabled("info")) return;
  writeLine(log, queryLine(call, query));
}

/**
 * The line of an answered query, as the log would write it: there is one for each, so it is put together by hand. Names, ids and enums need
 * no quoting; what a user may have written does.
 */
function queryLine(call: Call, query: QueryFacts): string {
  const { requestId, facts, decision, trace, certificate } = call;
  const { filterShape } = query;
  const shown = certificate === undefined ? "" : `,"certificate":${JSON.stringify(certificate)}`;
  const filter = filterShape === undefined ? "" : `,"filter":${JSON.stringify(filterShape)}`;
  const traceId = trace === undefined ? "null" : `"${trace.traceId}"`;
  return `{"level":"info","time":${Date.now()},"request_id":"${requestId}","namespace":"${facts.namespace}","user_id":${JSON.stringify(decision.userId ?? "anonymous")},"trace_id":${traceId}${shown},"query_id":"${query.queryId}","duration_ms":${query.durationMs},"results_count":${query.resultsCount},"cache_hit":${query.cacheHit},"filter_selectivity":${query.selectivity ?? null}${filter},"strategy":"${query.strategy}","msg":"query_complete"}\n`;
}

/** Beside the line that every query has, so that who counts those counts all. */
function logSlowQuery(log: Log, call: Call, query: QueryFacts): void {
  if (!log.isLevelEnabled("warn")) return;
  const work = {
    vector_dim: query.dimension,
    k: query.limit,
    candidates: query.candidates,
    filtered_count: query.filteredCount,
    nodes_visited: query.nodesVisited,
    distance_computations: query.distanceComputations,
    plan: query.explain?.plan,
    stages_ms: query.explain?.stagesMs,
  };
  log.warn({ ...fieldsOf(call), ...fieldsOfQuery(query), ...work }, "slow_query");
}

function fieldsOfQuery(query: QueryFacts): Record<string, unknown> {
  return {
    query_id: query.queryId,
    duration_ms: query.durationMs,
    results_count: query.resultsCount,
    cache_hit: query.cacheHit,
    filter_selectivity: query.selectivity ?? null,
    // Left out of the line where there is none.
    filter: query.filterShape,
    strategy: query.strategy,
  };
}

/** On each line of a call, so that one can be found by any other. */
function fieldsOf(call: Call): Record<string, unknown> {
  const userId = call.decision.userId ?? "anonymous";
  const traceId = call.trace?.traceId ?? null;
  const fields = { request_id: call.requestId, namespace: call.facts.namespace, user_id: userId, trace_id: traceId };
  return call.certificate === undefined ? fields : { ...fields, certificate: call.certificate };
}

function endSpan(call: Call, { method, code, error }: CallEnd): void {
  const { door, requestId, facts, trace } = call;
  if (trace?.recorder === undefined) return;
  const service = call.method?.parent.typeName;
  trace.recorder.end({
    name: service === undefined ? method : `${service}/${method}`,
    attributes: {
      "rpc.service": service,
      "rpc.method": service === undefined ? undefined : method,
      door,
      namespace: facts.namespace,
      request_id: requestId,
    },
    code,
    reason: error?.reason,
  });
}
