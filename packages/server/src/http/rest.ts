import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { validateHost } from "../auth/host.js";
import { permit } from "../auth/permit.js";
import { needOf } from "../auth/rules.js";
import type { Call } from "../call.js";
import { codeName, errorInfoOf, refusal, toConnectError } from "../errors.js";
import { validateConnectTimeout } from "../interceptors/timeout-header.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import type { Reporter } from "../observability/report.js";
import type { MethodEntry } from "../rpc/services.js";
import { type BodyLimits, readBody } from "./body.js";
import { type HttpExchange, invokeUnary } from "./invoke.js";
import { messageFromRest } from "./json-in.js";
import { messageToRest } from "./json-out.js";
import { sendError, sendJson } from "./respond.js";
import { matchPath, type RestRoute, type RouteMatch } from "./rest-routes.js";
import { answerStream, isRestStream } from "./rest-streams.js";

/** What the REST door needs. */
export interface RestDoorOptions extends BodyLimits {
  readonly methods: readonly MethodEntry[];
  readonly interceptors: readonly Interceptor[];
  readonly maxBatchRecords: number;
  readonly reporter: Reporter;
}

/** Answers one REST request, also one that no route has. */
export type RestDoor = (request: NodeRequest, response: NodeResponse, call: Call, url: URL) => Promise<void>;

/** The REST door: a route table onto the handlers of the RPCs. */
export function createRestDoor(options: RestDoorOptions): RestDoor {
  const entries = new Map(options.methods.map((entry) => [entry.method, entry]));
  return async (request, response, call, url) => {
    const startedAtMs = performance.now();
    const matches = matchPath(url.pathname);
    const match = matches.find(({ route }) => route.verb === request.method);
    try {
      validateHost(request);
      if (match === undefined) return refuseRoute(request, response, matches, call, options, startedAtMs);
      await answer(match, entries.get(match.route.method) as MethodEntry, { request, response, call, url }, options);
    } catch (thrown) {
      const error = toConnectError(thrown);
      reportEarly(options, call, match?.route.method, error, startedAtMs);
      sendRefusal(request, response, error, response.hasHeader("upgrade") ? 426 : undefined);
    }
  };
}

async function answer(
  match: RouteMatch,
  entry: MethodEntry,
  exchange: HttpExchange,
  options: RestDoorOptions,
): Promise<void> {
  const { response, call } = exchange;
  const { method } = entry;
  call.method = method;
  call.decision = permit(call.decision, needOf(method));
  if (call.decision.isAllowed && method.methodKind !== "unary" && !isRestStream(method))
    throw upgradeRequired(response);
  // A refused caller gets no body read; the interceptors refuse the empty message as they refuse any.
  const message = call.decision.isAllowed ? await readMessage(match, exchange, options) : create(method.input);
  if (isRestStream(method)) return answerStream(entry, message, exchange, options);
  const output = await invokeUnary(entry, message, exchange, options.interceptors);
  const json = messageToRest(method.output, output);
  sendJson(response, 200, shapeOf(match.route, json));
}

/** What is a WebSocket at this path is no request; RFC 9110, section 15.5.22, has a status for that, and wants the header. */
function upgradeRequired(response: NodeResponse) {
  // HTTP/2 has no upgrades, and forbids the header.
  if (!("stream" in response)) response.setHeader("upgrade", "websocket");
  return refusal("INVALID_ARGUMENT", "this is a WebSocket: ask for an upgrade to it, over HTTP/1.1");
}

function shapeOf({ unwrap, spread }: RestRoute, json: Record<string, unknown>): unknown {
  if (unwrap !== undefined) return json[unwrap];
  if (spread === undefined) return json;
  const { [spread]: inner, ...outer } = json;
  return { ...(inner as object), ...outer };
}

async function readMessage(
  { route, params }: RouteMatch,
  exchange: HttpExchange,
  options: RestDoorOptions,
): Promise<Message> {
  const { request, url } = exchange;
  const { input, methodKind } = route.method;
  validateConnectTimeout(request.headers["connect-timeout-ms"]?.toString());
  if (methodKind === "bidi_streaming") return create(input);
  const query = route.verb === "GET" || route.verb === "DELETE";
  const body = query ? fromQuery(route.method, url) : await readJson(exchange, options);
  return messageFromRest(input, { ...body, ...params });
}

/** Reads and checks a JSON body. An empty one is an empty object, so that `POST /v1/compact` needs none. */
async function readJson({ request, response }: HttpExchange, limits: BodyLimits): Promise<object> {
  const contentType = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  // Also a guard: a page of another origin cannot send this type without a preflight.
  if (contentType !== "application/json") {
    throw refusal("UNSUPPORTED_MEDIA_TYPE", `the content type is ${contentType ?? "absent"}; send application/json`);
  }
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity") {
    throw refusal("UNSUPPORTED_MEDIA_TYPE", `the content encoding is ${encoding}; send the body as it is`);
  }
  const text = await readBody(request, response, limits);
  let json: unknown;
  try {
    json = text.trim() === "" ? {} : JSON.parse(text);
  } catch (error) {
    throw refusal("INVALID_ARGUMENT", `the body is not JSON: ${(error as Error).message}`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw refusal("INVALID_ARGUMENT", "the body must be a JSON object");
  }
  return json;
}

/** Parameters of the address as fields; protobuf's JSON takes numbers as text, but not booleans. */
function fromQuery(method: DescMethod, url: URL): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of url.searchParams) {
    const field = method.input.fields.find((each) => each.name === key || each.jsonName === key);
    const isFlag = field?.fieldKind === "scalar" && (value === "true" || value === "false") && field.scalar === BOOL;
    out[key] = isFlag ? value === "true" : value;
  }
  return out;
}

/** `ScalarType.BOOL` of descriptors. */
const BOOL = 8;

function refuseRoute(
  request: NodeRequest,
  response: NodeResponse,
  matches: readonly RouteMatch[],
  call: Call,
  options: RestDoorOptions,
  startedAtMs: number,
): void {
  const verbs = matches.map(({ route }) => route.verb).join(", ");
  const path = request.url?.split("?", 1)[0];
  const error = verbs
    ? refusal("NOT_IMPLEMENTED", `${request.method} is not allowed on ${path}; allowed: ${verbs}`)
    : refusal("NOT_IMPLEMENTED", `there is nothing at ${path}`);
  if (verbs) response.setHeader("allow", verbs);
  reportEarly(options, call, undefined, error, startedAtMs);
  sendRefusal(request, response, error, verbs ? 405 : 404);
}

/** The rest of a body that nobody reads would be taken for the next request, so HTTP/1.1 connections end here. */
function sendRefusal(
  request: NodeRequest,
  response: NodeResponse,
  error: ReturnType<typeof toConnectError>,
  status?: number,
): void {
  if (response.headersSent || response.destroyed) return;
  if (!request.complete && request.httpVersionMajor === 1) response.setHeader("connection", "close");
  sendError(response, error, status);
}

function reportEarly(
  { reporter }: RestDoorOptions,
  call: Call,
  method: DescMethod | undefined,
  error: ReturnType<typeof toConnectError>,
  startedAtMs: number,
): void {
  if (call.isReported) return;
  const { reason } = errorInfoOf(error);
  const seen = { code: error.code, reason, message: error.rawMessage, cause: error.cause };
  const durationMs = performance.now() - startedAtMs;
  reporter.end(call, { method: method?.name ?? "none", durationMs, code: codeName(error.code), error: seen });
}
