import type { Authority } from "./auth/authority.js";
import { beginCall } from "./begin-call.js";
import { requestIdOf } from "./call.js";
import { refusal } from "./errors.js";
import { applyCors } from "./http/cors.js";
import { CLEARTEXT_PATHS, createOps, type OpsOptions } from "./http/ops.js";
import { send, sendError } from "./http/respond.js";
import type { RestDoor } from "./http/rest.js";
import type { SubjectOf } from "./listener/client-certificate.js";
import {
  addressOf,
  connectionOf,
  headerLookup,
  isEncrypted,
  type NodeRequest,
  type NodeResponse,
  type RequestHandler,
} from "./node-http.js";
import type { Log } from "./observability/logger.js";
import type { Tracing } from "./observability/tracing/tracing.js";
import { accountFor, type Ledger, RequestAccount } from "./quota/request-account.js";
import { doorOf, type RpcDoor } from "./rpc/door.js";
import { isMeantForRpc } from "./rpc/refuse.js";

/** What the routes need. */
export interface RoutesOptions extends OpsOptions {
  readonly authority: Authority;
  readonly rpc: RpcDoor;
  readonly rest: RestDoor;
  readonly corsOrigins: readonly string[];
  /** True when clear text is refused, probes apart. */
  readonly isTlsRequired: boolean;
  readonly isDraining: () => boolean;
  /** Where clients show certificates. */
  readonly subjectOf: SubjectOf | undefined;
  readonly tracing: Tracing;
  /** Told what requests did in each namespace. */
  readonly ledger: Ledger;
  readonly log: Log;
}

/** Sends each request to its door: operators' paths, then RPCs by their path, then REST. */
export function createRoutes(options: RoutesOptions): RequestHandler {
  const ops = createOps(options);
  const route = async (request: NodeRequest, response: NodeResponse) => {
    const path = pathOf(request);
    if (options.isTlsRequired && !isEncrypted(request) && !CLEARTEXT_PATHS.has(path)) {
      return send(
        response,
        400,
        "text/plain; charset=utf-8",
        "This port speaks TLS. Use an address that begins with https://\n",
      );
    }
    if (applyCors(request, response, options.corsOrigins)) return;
    const header = headerLookup(request);
    const requestId = requestIdOf(header("x-request-id"));
    response.setHeader("x-request-id", requestId);
    const handler = ops.get(path);
    if (handler !== undefined) return handler(request, response, header);
    const rpcHandler = options.rpc.find(path);
    const isRpc = rpcHandler !== undefined || isMeantForRpc(path, header("content-type"));
    const door = isRpc ? doorOf(header("content-type")) : "rest";
    const call = beginCall(options, {
      door,
      requestId,
      header,
      method: rpcHandler?.method,
      address: addressOf(request),
      connection: connectionOf(request),
      certificate: options.subjectOf?.(request),
    });
    accountFor(request, response, new RequestAccount(call.facts, options.ledger));
    if (options.isDraining() && request.httpVersionMajor === 1) response.setHeader("connection", "close");
    if (rpcHandler !== undefined) return options.rpc.serve(rpcHandler, request, response, call);
    if (isRpc) return options.rpc.refuse(path, request, response, call);
    return options.rest(request, response, call, urlOf(request));
  };
  return (request, response) => {
    response.on("error", () => {});
    route(request, response).catch((error) => fail(options.log, response, error));
  };
}

/** A path that means what it says: of an RPC, or one of ours. */
const PLAIN_PATH = /^(\/[\w-]+(\.[\w-]+)*)+$/;

/** The path alone. Most need no parser, which would take a while. */
function pathOf(request: NodeRequest): string {
  const { url = "/" } = request;
  return PLAIN_PATH.test(url) ? url : urlOf(request).pathname;
}

/** Only the path and its parameters matter; the host is whatever the caller wrote. */
function urlOf(request: NodeRequest): URL {
  try {
    return new URL(request.url ?? "/", "http://localhost");
  } catch {
    return new URL("http://localhost/");
  }
}

/** A door answers its own errors; what comes here is a caller that went away, or a fault of ours. */
function fail(log: Log, response: NodeResponse, error: unknown): void {
  const isGone = response.destroyed || response.writableEnded || ("stream" in response && response.stream?.destroyed);
  if (isGone) return;
  log.error({ error: String(error), backtrace: (error as Error)?.stack }, "request_error");
  if (response.headersSent) response.destroy();
  else sendError(response, refusal("INTERNAL", "internal error"));
}
