import { refusal } from "../errors.js";
import type { NodeRequest, NodeResponse, RequestHandler } from "../node-http.js";
import { isMeantForRpc, sendRpcError } from "../rpc/refuse.js";
import { CLEARTEXT_PATHS, createOps, type OpsOptions } from "./ops.js";
import { sendError } from "./respond.js";

/**
 * Answers on a connection that is one too many: probes as ever, since a full server is no dead one, and every other request with
 * CONNECTIONS_LIMITED, in the form of its door. The connection ends with the answer.
 */
export function createConnectionRefusal(options: OpsOptions): RequestHandler {
  const ops = createOps(options);
  return (request, response) => {
    response.on("error", () => {});
    endAfter(response);
    const path = request.url?.split("?", 1)[0] ?? "/";
    const probe = CLEARTEXT_PATHS.has(path) ? ops.get(path) : undefined;
    if (probe === undefined) return refuse(path, request, response);
    Promise.resolve(probe(request, response, () => undefined)).catch(() => response.destroy());
  };
}

function refuse(path: string, request: NodeRequest, response: NodeResponse): void {
  const message =
    "the server serves no further connection (max_connections, max_connections_per_address); share connections, or come back later";
  const error = refusal("CONNECTIONS_LIMITED", message);
  if (isMeantForRpc(path, request.headers["content-type"])) sendRpcError(request, response, error);
  else sendError(response, error);
}

function endAfter(response: NodeResponse): void {
  if (!("stream" in response)) return void response.setHeader("connection", "close");
  const { stream } = response;
  stream?.once("close", () => stream.session?.close());
}
