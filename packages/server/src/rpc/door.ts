import { type ConnectError, createConnectRouter, createContextValues, type Interceptor } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import { compressionGzip, universalRequestFromNodeRequest } from "@connectrpc/connect-node";
import { validateHost } from "../auth/host.js";
import { refusalOf } from "../auth/refusal-of.js";
import { CALL, type Call, type Door } from "../call.js";
import { codeName, errorInfoOf, refusal, toConnectError } from "../errors.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import type { Reporter } from "../observability/report.js";
import { bodyWithin } from "./body-deadline.js";
import { readEarlyEnd } from "./early-errors.js";
import { sendRpcError } from "./refuse.js";
import type { MethodEntry } from "./services.js";
import { isGone, writeResponse } from "./write-response.js";

/** What the door of Connect, gRPC and gRPC-Web needs. */
export interface RpcDoorOptions {
  readonly methods: readonly MethodEntry[];
  readonly interceptors: Interceptor[];
  readonly maxMessageBytes: number;
  /** Milliseconds in which a body that is one message must be here. */
  readonly bodyTimeoutMs: number;
  /** Shortens deadlines that no timer holds, before Connect arms one. */
  readonly clampTimeouts: (header: Headers) => void;
  /** Told of calls that ended before they reached the interceptors: they did not parse, or were too large. */
  readonly reporter: Reporter;
}

/** Serves the three protocols of one path. */
export interface RpcDoor {
  /** Undefined when no RPC has this path. */
  find(path: string): UniversalHandler | undefined;
  /** @param body  what was read of the request already, and the rest; absent: the request's own */
  serve(
    handler: UniversalHandler,
    request: NodeRequest,
    response: NodeResponse,
    call: Call,
    body?: AsyncIterable<Uint8Array>,
  ): Promise<void>;
  /** Answers a call of an RPC that is not there. */
  refuse(path: string, request: NodeRequest, response: NodeResponse, call: Call): void;
}

/** Vectors do not compress (312 -> 285 KB), and small answers cost more time than they save. */
export const COMPRESS_BYTES_MIN = 8 * 1024;

/** Puts the handlers behind Connect's three protocols. */
export function createRpcDoor(options: RpcDoorOptions): RpcDoor {
  const router = createConnectRouter({
    interceptors: options.interceptors,
    readMaxBytes: options.maxMessageBytes,
    writeMaxBytes: options.maxMessageBytes,
    acceptCompression: [compressionGzip],
    compressMinBytes: COMPRESS_BYTES_MIN,
    // A misspelled `filter` must not become an unfiltered answer.
    jsonOptions: { ignoreUnknownFields: false },
  });
  for (const { method, handler } of options.methods) router.rpc(method as never, handler as never);
  const paths = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const refuseWith = (
    error: ConnectError,
    method: string,
    request: NodeRequest,
    response: NodeResponse,
    call: Call,
  ) => {
    reportEarly(options.reporter, call, method, error, 0);
    sendRpcError(request, response, error);
  };
  return {
    find: (path) => paths.get(path),
    refuse(path, request, response, call) {
      refuseWith(refusal("NOT_IMPLEMENTED", `there is no RPC at ${path}`), "none", request, response, call);
    },
    async serve(handler, request, response, call, body) {
      const startedAtMs = performance.now();
      try {
        validateHost(request);
      } catch (error) {
        return refuseWith(toConnectError(error), handler.method.name, request, response, call);
      }
      if (handler.method.methodKind === "bidi_streaming" && request.httpVersionMajor === 1) {
        return refuseWith(needsHttp2(handler.method.name, call), handler.method.name, request, response, call);
      }
      const incoming = toUniversal(request, response, call);
      options.clampTimeouts(incoming.header);
      const timedBody = timed(body ?? incoming.body, handler, options.bodyTimeoutMs, request, response);
      const universal = await handler(gate({ ...incoming, body: timedBody }, call));
      if (call.isReported) return writeResponse(universal, response);
      const early = await readEarlyEnd(universal);
      // A connection that breaks in the middle of a body is no fault of ours, whatever the protocol's handler makes of it.
      const error = isGone(response) ? refusal("CANCELED", "the caller went away") : early.error;
      reportEarly(options.reporter, call, handler.method.name, error, performance.now() - startedAtMs);
      return writeResponse(early.response, response);
    },
  };
}

/** HTTP/1.1 has no streams in both directions at once; Connect would answer 505, without a word. Who may not is told that first. */
function needsHttp2(name: string, { decision }: Call): ConnectError {
  if (!decision.isAllowed) return refusalOf(decision);
  const rest = name === "Import" ? ", or send the records as lines to POST /v1/import" : "";
  return refusal("NOT_IMPLEMENTED", `${name} streams in both directions, which HTTP/1.1 cannot: use HTTP/2${rest}`);
}

function reportEarly(reporter: Reporter, call: Call, method: string, error: ConnectError, durationMs: number): void {
  const { decision } = call;
  const { reason } = decision.isAllowed ? errorInfoOf(error) : decision;
  const seen = { code: error.code, reason, message: error.rawMessage, cause: error.cause };
  reporter.end(call, { method, durationMs, code: codeName(error.code), error: seen });
}

function toUniversal(request: NodeRequest, response: NodeResponse, call: Call): UniversalServerRequest {
  const contextValues = createContextValues().set(CALL, call);
  return universalRequestFromNodeRequest(request, response, undefined, contextValues);
}

/** A stream of the caller's may last; what is one message may not. */
function timed(
  body: UniversalServerRequest["body"],
  { method }: UniversalHandler,
  timeoutMs: number,
  request: NodeRequest,
  response: NodeResponse,
): UniversalServerRequest["body"] {
  const isOneMessage = method.methodKind === "unary" || method.methodKind === "server_streaming";
  const isBytes = isOneMessage && Symbol.asyncIterator in Object(body);
  return isBytes ? bodyWithin(body as AsyncIterable<Uint8Array>, timeoutMs, request, response) : body;
}

/** A refused call does not get its body read: the first read fails, and the protocol's handler answers with that. */
function gate(request: UniversalServerRequest, { decision }: Call): UniversalServerRequest {
  if (decision.isAllowed) return request;
  // biome-ignore lint/correctness/useYield: a body that only fails
  const body = (async function* (): AsyncGenerator<Uint8Array> {
    throw refusalOf(decision);
  })();
  return { ...request, body };
}

/** Which protocol a request speaks, by its content type. */
export function doorOf(contentType: string | undefined): Door {
  if (contentType?.startsWith("application/grpc-web")) return "grpc_web";
  return contentType?.startsWith("application/grpc") ? "grpc" : "connect";
}
