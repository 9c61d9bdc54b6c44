import { gunzipSync } from "node:zlib";
import {
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { readFrames, toFrame } from "./frames.js";
import type { HttpAnswer, HttpRequest } from "./http.js";
import { methodOf, pathOf } from "./schema.js";

/** One way to write a unary call down: a protocol, a codec and a version of HTTP. */
export interface WireForm {
  readonly name: string;
  readonly version: "1.1" | "2";
  readonly type: string;
  readonly isFramed: boolean;
}

const form = (name: string, version: WireForm["version"], type: string): WireForm => {
  return { name, version, type: `application/${type}`, isFramed: type.startsWith("grpc") };
};

/** Every form of the protocols, JSON of Connect among them. */
export const WIRE_FORMS: readonly WireForm[] = [
  form("Connect, protobuf", "1.1", "proto"),
  form("Connect, protobuf, HTTP/2", "2", "proto"),
  form("Connect, JSON", "1.1", "json"),
  form("Connect, JSON, HTTP/2", "2", "json"),
  form("gRPC", "2", "grpc"),
  form("gRPC, proto", "2", "grpc+proto"),
  form("gRPC-Web", "1.1", "grpc-web"),
  form("gRPC-Web, proto, HTTP/2", "2", "grpc-web+proto"),
];

/** A call before it has a form. */
export interface WireCall {
  /** For example `Query`. */
  readonly method: string;
  /** A message, or its bytes, which may be none. */
  readonly message: JsonObject | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const isJson = ({ type }: WireForm) => type.endsWith("/json");

/** A call in a form; undefined for bytes in JSON. Its request id is fixed, so that answers compare. */
export function inForm(wire: WireForm, { method, message, headers }: WireCall): HttpRequest | undefined {
  const desc = methodOf(method);
  const fixed = { "content-type": wire.type, "x-request-id": "the-request", ...(wire.isFramed && { te: "trailers" }) };
  const request = { path: pathOf(desc), headers: { ...fixed, ...headers }, version: wire.version };
  if (message instanceof Uint8Array) {
    return isJson(wire) ? undefined : { ...request, body: wire.isFramed ? toFrame(message) : message };
  }
  const whole = fromJson(desc.input, message);
  if (isJson(wire)) return { ...request, body: JSON.stringify(toJson(desc.input, whole)) };
  const bytes = toBinary(desc.input, whole);
  return { ...request, body: wire.isFramed ? toFrame(bytes) : bytes };
}

/** What an answer says, without what differs from one call to the next: dates and durations. Everything else is there. */
export function readAnswer(wire: WireForm, method: string, { status, headers, body, trailers }: HttpAnswer): object {
  const desc = methodOf(method);
  const { date: _date, ...kept } = Object.fromEntries(Object.entries(headers).sort());
  const whole = kept["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  if (wire.isFramed) {
    // A body of one frame, or of several that are written one by one.
    for (const name of ["content-length", "transfer-encoding"]) delete kept[name];
    return { status, headers: kept, frames: framesOf(desc, whole), trailers: { ...trailers } };
  }
  const isMessage = status === 200;
  // Durations have more or fewer digits.
  if (isMessage && hasDurations(desc)) delete kept["content-length"];
  const said = isMessage ? messageOf(desc, whole, isJson(wire)) : whole.toString();
  return { status, headers: kept, body: said, trailers: { ...trailers } };
}

function framesOf(desc: DescMethod, body: Buffer): object {
  const { frames, rest } = readFrames(body);
  const said = frames.map(({ flags, data }) => {
    if ((flags & 0x80) !== 0) return { flags, text: data.toString() };
    return { flags, message: messageOf(desc, flags === 1 ? gunzipSync(data) : data, false) };
  });
  return { said, rest: rest.length };
}

function messageOf(desc: DescMethod, bytes: Buffer, isText: boolean): JsonValue {
  if (isText) return withoutDurations(JSON.parse(bytes.toString()));
  const message = withoutDurations(toJson(desc.output, fromBinary(desc.output, bytes)));
  // A duration has eight bytes, whatever it is; where there is none, all bytes are the same.
  if (JSON.stringify(message).includes("explain")) return { message };
  return { message, length: bytes.length, ...(!hasDurations(desc) && { bytes: bytes.toString("hex") }) };
}

const hasDurations = ({ name }: DescMethod) => name.endsWith("Query");

/** A stage takes part in an explanation when it took time. */
const TIMES = new Set(["durationMs", "stages"]);

function withoutDurations(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutDurations);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !TIMES.has(name));
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutDurations(inner)]));
}
