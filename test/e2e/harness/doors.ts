import { type DescMethod, fromJson, type JsonObject, toBinary, toJson } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { readFrames, toFrame } from "./frames.js";
import { type HttpAnswer, sendHttp, type Target } from "./http.js";
import {
  answered,
  answeredBytes,
  codeName,
  failedByConnectJson,
  failedByRestJson,
  failedByStatus,
  type Outcome,
  readErrorInfo,
} from "./outcome.js";
import { fromRest, hasRestPath, toRest } from "./rest.js";
import { fromRestJson, pathOf } from "./schema.js";

/** What goes with a call. */
export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told the headers and trailers of the answer, as far as the door's client shows them. */
  readonly onHeaders?: (headers: object) => void;
}

/** One way to call a unary RPC. */
export interface Door {
  readonly name: string;
  readonly supports: (method: DescMethod) => boolean;
  /** @throws when no answer in the door's form comes */
  call(target: Target, method: DescMethod, request: JsonObject, options?: CallOptions): Promise<Outcome>;
}

const everything = () => true;

/** Every door, by clients that share no code with the server; each call has a connection of its own. */
export const DOORS: readonly Door[] = [
  { name: "Connect, protobuf", supports: everything, call: (...args) => callConnect("proto", "1.1", ...args) },
  { name: "Connect, protobuf, HTTP/2", supports: everything, call: (...args) => callConnect("proto", "2", ...args) },
  { name: "Connect, JSON", supports: everything, call: (...args) => callConnect("json", "1.1", ...args) },
  { name: "Connect, GET", supports: isFreeOfSideEffects, call: callConnectGet },
  { name: "gRPC, by grpc-js", supports: everything, call: callGrpc },
  { name: "gRPC, by connect-node", supports: everything, call: callGrpcByConnect },
  { name: "gRPC-Web", supports: everything, call: (...args) => callGrpcWeb("1.1", ...args) },
  { name: "gRPC-Web, HTTP/2", supports: everything, call: (...args) => callGrpcWeb("2", ...args) },
  { name: "REST", supports: hasRestPath, call: (...args) => callRest("1.1", ...args) },
  { name: "REST, HTTP/2", supports: hasRestPath, call: (...args) => callRest("2", ...args) },
];

/** A door by its name. @throws Error when there is none */
export function doorNamed(name: string): Door {
  const door = DOORS.find((each) => each.name === name);
  if (door === undefined) throw new Error(`no door ${name}`);
  return door;
}

/** The HTTP status that a door must answer: Connect and REST have their own, gRPC and gRPC-Web none. */
export function statusOf({ name }: Door, connect: number, rest: number): number | undefined {
  if (name.startsWith("gRPC")) return undefined;
  return name.startsWith("REST") ? rest : connect;
}

/** `NO_SIDE_EFFECTS` of google.protobuf.MethodOptions. */
function isFreeOfSideEffects({ idempotency }: DescMethod): boolean {
  return idempotency === 1;
}

type CallArguments = Parameters<Door["call"]>;
type Version = "1.1" | "2";

async function callConnect(codec: "proto" | "json", version: Version, ...args: CallArguments): Promise<Outcome> {
  const [target, method, request, { headers, signal, onHeaders } = {}] = args;
  const message = fromJson(method.input, request);
  const body = codec === "json" ? JSON.stringify(toJson(method.input, message)) : toBinary(method.input, message);
  const contentType = { "content-type": `application/${codec}`, "connect-protocol-version": "1" };
  const answer = await sendHttp(target, {
    path: pathOf(method),
    headers: { ...contentType, ...headers },
    body,
    version,
    signal,
  });
  onHeaders?.(answer.headers);
  if (answer.status !== 200) return failedByConnectJson(answer.body.toString(), answer.status);
  if (codec === "proto") return answeredBytes(method.output, answer.body);
  return answered(method.output, JSON.parse(answer.body.toString()));
}

async function callConnectGet(...args: CallArguments): Promise<Outcome> {
  const [target, method, request, { headers, signal, onHeaders } = {}] = args;
  const bytes = toBinary(method.input, fromJson(method.input, request));
  const message = Buffer.from(bytes).toString("base64url");
  const search = new URLSearchParams({ connect: "v1", encoding: "proto", base64: "1", message });
  const answer = await sendHttp(target, { method: "GET", path: `${pathOf(method)}?${search}`, headers, signal });
  onHeaders?.(answer.headers);
  if (answer.status !== 200) return failedByConnectJson(answer.body.toString(), answer.status);
  return answeredBytes(method.output, answer.body);
}

async function callGrpcWeb(version: Version, ...args: CallArguments): Promise<Outcome> {
  const [target, method, request, { headers, signal, onHeaders } = {}] = args;
  const body = toFrame(toBinary(method.input, fromJson(method.input, request)));
  const contentType = { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" };
  const answer = await sendHttp(target, {
    path: pathOf(method),
    headers: { ...contentType, ...headers },
    body,
    version,
    signal,
  });
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.body}`);
  const { frames, rest } = readFrames(answer.body);
  if (rest.length > 0) throw new Error(`${rest.length} bytes after the last frame`);
  const last = frames.at(-1)?.flags === 0x80 ? frames.at(-1)!.data.toString() : "";
  // A response without a message may have its status in the headers.
  const trailers = last === "" ? plainHeaders(answer.headers) : headersOf(last);
  onHeaders?.([answer.headers, ...trailers]);
  const code = Number(trailers.get("grpc-status") ?? Number.NaN);
  if (code === 0) return answeredBytes(method.output, frames[0]!.data);
  const details = trailers.get("grpc-status-details-bin");
  const text = decodeURIComponent(trailers.get("grpc-message") ?? "");
  return failedByStatus(code, text, details === null ? undefined : Buffer.from(details, "base64"));
}

/** Without what belongs to HTTP/2 itself. */
function plainHeaders(headers: HttpAnswer["headers"]): Headers {
  return new Headers(Object.entries(headers).filter(([name]) => !name.startsWith(":")) as [string, string][]);
}

function headersOf(lines: string): Headers {
  const headers = new Headers();
  for (const line of lines.split("\r\n").filter((each) => each !== "")) {
    headers.append(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim());
  }
  return headers;
}

function callGrpc(...args: CallArguments): Promise<Outcome> {
  const [{ url, ca }, method, request, { headers, signal, onHeaders } = {}] = args;
  const credentials = ca === undefined ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(ca);
  const client = new grpc.Client(new URL(url).host, credentials, { "grpc.max_receive_message_length": -1 });
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers ?? {})) metadata.set(name, value);
  const bytes = Buffer.from(toBinary(method.input, fromJson(method.input, request)));
  const same = (data: Buffer) => data;
  return new Promise<Outcome>((resolve, reject) => {
    const call = client.makeUnaryRequest(pathOf(method), same, same, bytes, metadata, {}, (error, answer) => {
      try {
        resolve(error === null ? answeredBytes(method.output, answer!) : failedByGrpc(error));
      } catch (problem) {
        reject(problem);
      }
    });
    call.on("metadata", (sent) => onHeaders?.(sent.getMap()));
    call.on("status", ({ metadata: sent }) => onHeaders?.(sent.getMap()));
    signal?.addEventListener("abort", () => call.cancel(), { once: true });
  }).finally(() => client.close());
}

function failedByGrpc({ code, details, metadata }: grpc.ServiceError): Outcome {
  const [bin] = metadata.get("grpc-status-details-bin");
  // grpc-js leaves the reserved characters of addresses, such as commas, as the percent codes that came.
  return failedByStatus(code, decodeURIComponent(details), bin as Buffer | undefined);
}

async function callGrpcByConnect(...args: CallArguments): Promise<Outcome> {
  const [{ url, ca }, method, request, { headers, signal, onHeaders } = {}] = args;
  const transport = createGrpcTransport({ baseUrl: url, nodeOptions: ca && { ca }, idleConnectionTimeoutMs: 1 });
  const message = fromJson(method.input, request);
  try {
    const answer = await transport.unary(method as never, signal, undefined, headers, message as never);
    onHeaders?.([...answer.header, ...answer.trailer]);
    return answered(method.output, toJson(method.output, answer.message as never));
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    onHeaders?.([...error.metadata]);
    const details = error.details.filter((each) => "type" in each);
    const { reason, metadata = {} } = readErrorInfo(details);
    return { ok: false, code: codeName(error.code), reason, text: error.rawMessage, facts: metadata };
  }
}

async function callRest(version: Version, ...args: CallArguments): Promise<Outcome> {
  const [target, method, given, { headers, signal, onHeaders } = {}] = args;
  const request = toRest(method, given);
  const answer = await sendHttp(target, {
    ...request,
    headers: { ...request.headers, ...headers },
    version,
    signal,
  });
  onHeaders?.(answer.headers);
  const text = answer.body.toString();
  if (answer.status !== 200) return failedByRestJson(text, answer.status);
  return answered(method.output, fromRestJson(method.output, fromRest(method, JSON.parse(text))));
}
