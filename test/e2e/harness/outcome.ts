import { type DescMessage, fromBinary, fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code } from "@connectrpc/connect";
import { messageOf, REGISTRY } from "./schema.js";

/** What a call came to, in the same form for every door. */
export type Outcome = Answered | Failed;

/** The response as protobuf's JSON, with every name as in the schema. */
export interface Answered {
  readonly ok: true;
  readonly message: JsonObject;
}

/** The error as a caller can act on it. */
export interface Failed {
  readonly ok: false;
  /** For example `invalid_argument`. */
  readonly code: string;
  readonly reason: string;
  readonly text: string;
  readonly facts: Readonly<Record<string, string>>;
  /** Absent for gRPC and gRPC-Web, which answer 200 to everything. */
  readonly http?: number;
}

/** The answer, from a message's JSON in any of the forms that protobuf accepts. */
export function answered(desc: DescMessage, json: JsonValue): Answered {
  const message = toJson(desc, fromJson(desc, json, { registry: REGISTRY }), { useProtoFieldName: true });
  return { ok: true, message: message as JsonObject };
}

/** The answer, from a message's bytes. */
export function answeredBytes(desc: DescMessage, bytes: Uint8Array): Answered {
  return { ok: true, message: toJson(desc, fromBinary(desc, bytes), { useProtoFieldName: true }) as JsonObject };
}

const ERROR_INFO = "google.rpc.ErrorInfo";

interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata?: Record<string, string>;
}

/** Reads the one ErrorInfo among an error's details. @throws Error when there is none, or it is of another domain */
export function readErrorInfo(details: readonly { readonly type: string; readonly value: Uint8Array }[]): ErrorInfo {
  const found = details.filter(({ type }) => type.endsWith(ERROR_INFO));
  if (found.length !== 1) throw new Error(`the error has ${found.length} details of type ${ERROR_INFO}`);
  const desc = messageOf(ERROR_INFO);
  const info = toJson(desc, fromBinary(desc, found[0]!.value)) as unknown as ErrorInfo;
  if (info.domain !== "vecstore") throw new Error(`the domain is ${info.domain}`);
  return info;
}

/** `invalid_argument` for 3. */
export const codeName = (code: Code): string => Code[code].replace(/[a-z](?=[A-Z])/g, "$&_").toLowerCase();

/** An error of a gRPC status in trailers: `grpc-status-details-bin` holds a google.rpc.Status. */
export function failedByStatus(code: number, text: string, detailsBin: Uint8Array | undefined): Failed {
  const desc = messageOf("google.rpc.Status");
  const status = fromBinary(desc, detailsBin ?? new Uint8Array()) as unknown as {
    code: number;
    details: { typeUrl: string; value: Uint8Array }[];
  };
  if (detailsBin !== undefined && status.code !== code) throw new Error(`the status holds ${status.code}, not ${code}`);
  const { reason, metadata } = readErrorInfo(status.details.map(({ typeUrl, value }) => ({ type: typeUrl, value })));
  return { ok: false, code: codeName(code), reason, text, facts: metadata ?? {} };
}

/** An error of Connect, as it stands in a body. */
export function failedByConnectJson(body: string, http: number): Failed {
  const { code, message = "", details = [] } = JSON.parse(body);
  const bytes = details.map((each: { type: string; value: string }) => ({ ...each, value: base64Decode(each.value) }));
  const { reason, metadata } = readErrorInfo(bytes);
  return { ok: false, code, reason, text: message, facts: metadata ?? {}, http };
}

/** An error of REST. */
export function failedByRestJson(body: string, http: number): Failed {
  const { error } = JSON.parse(body);
  return { ok: false, code: error.code, reason: error.reason, text: error.message, facts: error.details, http };
}
