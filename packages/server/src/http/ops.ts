import type { Authority } from "../auth/authority.js";
import type { HeaderLookup } from "../auth/keys.js";
import { refusalOf } from "../auth/refusal-of.js";
import { refusal } from "../errors.js";
import { addressOf, type NodeRequest, type NodeResponse } from "../node-http.js";
import type { Metrics } from "../observability/metrics.js";
import { send, sendError, sendJson } from "./respond.js";

/** What the operators' paths need. */
export interface OpsOptions {
  readonly authority: Authority;
  readonly metrics: Metrics;
  readonly probe: () => Promise<string | undefined>;
}

/** Answers one request. */
type OpsHandler = (request: NodeRequest, response: NodeResponse, header: HeaderLookup) => Promise<void> | void;

/** Served also in clear text beside TLS: probes of orchestrators rarely speak it. */
export const CLEARTEXT_PATHS: ReadonlySet<string> = new Set(["/health", "/ready"]);

/** The paths of operators. */
export function createOps({ authority, metrics, probe }: OpsOptions): ReadonlyMap<string, OpsHandler> {
  const timestamp = () => new Date().toISOString();
  const health: OpsHandler = (_request, response) =>
    sendJson(response, 200, { status: "healthy", timestamp: timestamp() });
  const ready: OpsHandler = async (_request, response) => {
    const problem = await probe();
    if (problem === undefined) return sendJson(response, 200, { status: "ready", timestamp: timestamp() });
    response.setHeader("retry-after", "2");
    sendJson(response, 503, { status: "not_ready", error: problem, timestamp: timestamp() });
  };
  const metricsPage: OpsHandler = async (request, response, header) => {
    const decision = authority.decide(header, "metrics", addressOf(request));
    if (!decision.isAllowed) {
      metrics.refusal(decision.reason);
      return sendError(response, refusalOf(decision));
    }
    const { contentType, text } = await metrics.render();
    send(response, 200, contentType, text);
  };
  const later: OpsHandler = (request, response, header) => {
    const decision = authority.decide(header, "any", addressOf(request));
    if (!decision.isAllowed) {
      metrics.refusal(decision.reason);
      return sendError(response, refusalOf(decision));
    }
    const message = `${request.url?.split("?", 1)[0]} is not built in this version`;
    sendError(response, refusal("NOT_IMPLEMENTED", message));
  };
  const handlers: readonly (readonly [path: string, handler: OpsHandler])[] = [
    ["/health", health],
    ["/ready", ready],
    ["/metrics", metricsPage],
    ["/openapi.json", later],
    ["/docs", later],
    ["/console", later],
  ];
  return new Map(handlers.map(([path, handler]) => [path, counted(path, metrics, onlyGet(handler))]));
}

/** Counts what operators' tools ask for, as every other door counts its calls. */
function counted(path: string, metrics: Metrics, handler: OpsHandler): OpsHandler {
  const method = path.slice(1);
  return async (request, response, header) => {
    const startedMs = performance.now();
    try {
      await handler(request, response, header);
    } finally {
      const code = codeOfStatus(response.statusCode);
      metrics.request({ door: "ops", method, code, durationMs: performance.now() - startedMs });
    }
  };
}

/** The code behind a status that these paths answer with. */
function codeOfStatus(status: number): string {
  if (status < 400) return "ok";
  return STATUS_CODES[status] ?? "internal";
}

const STATUS_CODES: Readonly<Record<number, string>> = {
  401: "unauthenticated",
  403: "permission_denied",
  405: "unimplemented",
  501: "unimplemented",
  503: "unavailable",
};

function onlyGet(handler: OpsHandler): OpsHandler {
  return (request, response, header) => {
    if (request.method === "GET" || request.method === "HEAD") return handler(request, response, header);
    response.setHeader("allow", "GET, HEAD");
    sendError(response, refusal("NOT_IMPLEMENTED", `${request.method} is not allowed here; allowed: GET, HEAD`), 405);
  };
}
