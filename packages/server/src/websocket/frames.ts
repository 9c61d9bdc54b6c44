import { refusal, toConnectError } from "../errors.js";
import { errorBody } from "../http/respond.js";
import { WEBSOCKET_LIMITS } from "./limits.js";

/** What a client calls one of its queries; it comes back in every frame about it. */
export type RequestId = string | number;

/** What a client sends. */
export type ClientFrame =
  | { readonly kind: "auth"; readonly key: string }
  | { readonly kind: "cancel"; readonly requestId: RequestId }
  /** `query` is the message QueryRequest in the JSON of REST, not yet looked at. */
  | { readonly kind: "query"; readonly requestId: RequestId | undefined; readonly query: object };

/**
 * Reads a frame.
 *
 * @throws ConnectError INVALID_ARGUMENT
 */
export function readFrame(text: string): ClientFrame {
  const frame = parseObject(text);
  if ("auth" in frame) return { kind: "auth", key: textOf(only(frame, "auth"), "auth") };
  if ("cancel" in frame) return { kind: "cancel", requestId: requestIdOf(only(frame, "cancel"), "cancel") };
  const { request_id: id, requestId = id, ...query } = frame;
  const isNamed = requestId !== undefined && requestId !== null;
  return { kind: "query", requestId: isNamed ? requestIdOf(requestId, "request_id") : undefined, query };
}

/** The frame of a result or of an end: what it says, and for which query. */
export function writeFrame(body: object, requestId: RequestId | undefined): string {
  return JSON.stringify(requestId === undefined ? body : { ...body, request_id: requestId });
}

/** The frame of an error; without a query it is about the socket, or about a frame that is none. */
export function writeError(thrown: unknown, requestId?: RequestId): string {
  return writeFrame(errorBody(toConnectError(thrown)), requestId);
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refusal("INVALID_ARGUMENT", `the frame is not JSON: ${(error as Error).message}`);
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw refusal("INVALID_ARGUMENT", "the frame must be a JSON object: a query, auth or cancel");
}

function only(frame: JsonObject, name: string): unknown {
  const other = Object.keys(frame).find((key) => key !== name);
  if (other === undefined) return frame[name];
  throw refusal("INVALID_ARGUMENT", `a frame with ${name} has nothing else; this one has ${JSON.stringify(other)}`);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw refusal("INVALID_ARGUMENT", `${name} is ${value === null ? "null" : typeof value}; send a text`);
}

function requestIdOf(value: unknown, name: string): RequestId {
  const { requestIdCharsMax } = WEBSOCKET_LIMITS;
  if (typeof value === "string" && value.length > 0 && value.length <= requestIdCharsMax) return value;
  if (Number.isSafeInteger(value)) return value as number;
  throw refusal(
    "INVALID_ARGUMENT",
    `${name} names no query: send a text of 1 to ${requestIdCharsMax} characters, or a whole number`,
  );
}
