import type { Authority } from "../auth/authority.js";
import type { HeaderLookup } from "../auth/keys.js";
import { refusal } from "../errors.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
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
  const metricsPage: OpsHandler = async (_request, response, header) => {
    const decision = authority.decide(header, "metrics");
    if (!decision.isAllowed) {
      metrics.refusal(decision.reason);
      return sendError(response, refusal(decision.reason, decision.message));
    }
    const { contentType, text } = await metrics.render();
    send(response, 200, contentType, text);
  };
  const later: OpsHandler = (request, response, header) => {
    const decision = authority.decide(header, "any");
    if (!decision.isAllowed) {
      metrics.refusal(decision.reason);
      return sendError(response, refusal(decision.reason, decision.message));
    }
    const message = `${request.url?.split("?", 1)[0]} is not built in this version`;
    sendError(response, refusal("NOT_IMPLEMENTED", message));
  };
  return new Map<string, OpsHandler>([
    ["/health", onlyGet(health)],
    ["/ready", onlyGet(ready)],
    ["/metrics", onlyGet(metricsPage)],
    ["/openapi.json", onlyGet(later)],
    ["/docs", onlyGet(later)],
    ["/console", onlyGet(later)],
  ]);
}

function onlyGet(handler: OpsHandler): OpsHandler {
  return (request, response, header) => {
    if (request.method === "GET" || request.method === "HEAD") return handler(request, response, header);
    response.setHeader("allow", "GET, HEAD");
    sendError(response, refusal("NOT_IMPLEMENTED", `${request.method} is not allowed here; allowed: GET, HEAD`), 405);
  };
}
