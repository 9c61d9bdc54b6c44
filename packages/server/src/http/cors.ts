import type { NodeRequest, NodeResponse } from "../node-http.js";

/** Headers that web pages may send: REST's, and those of Connect and gRPC-Web. */
const REQUEST_HEADERS = [
  "Content-Type",
  "Authorization",
  "X-API-Key",
  "X-Namespace",
  "X-Request-Id",
  "Connect-Protocol-Version",
  "Connect-Timeout-Ms",
  "Connect-Accept-Encoding",
  "Connect-Content-Encoding",
  "Grpc-Timeout",
  "X-Grpc-Web",
  "X-User-Agent",
  "Traceparent",
  "Tracestate",
].join(", ");

/** Headers that web pages may read. */
const RESPONSE_HEADERS = ["Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin", "X-Request-Id", "Retry-After"].join(
  ", ",
);

/** How long browsers may keep the answer of a preflight; they cap it at two hours themselves. */
const PREFLIGHT_SECONDS = "7200";

/**
 * Adds what browsers ask for when a page of an allowed origin calls.
 *
 * @returns true when the request was a preflight and is answered
 */
export function applyCors(request: NodeRequest, response: NodeResponse, allowed: readonly string[]): boolean {
  const { origin } = request.headers;
  const isPreflight = request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
  if (allowed.length > 0) response.setHeader("vary", "Origin");
  if (origin !== undefined && (allowed.includes("*") || allowed.includes(origin))) {
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-expose-headers", RESPONSE_HEADERS);
    if (isPreflight) {
      response.setHeader("access-control-allow-methods", "GET, POST, PATCH, DELETE");
      response.setHeader("access-control-allow-headers", REQUEST_HEADERS);
      response.setHeader("access-control-max-age", PREFLIGHT_SECONDS);
    }
  }
  if (!isPreflight) return false;
  response.statusCode = 204;
  response.end();
  return true;
}
