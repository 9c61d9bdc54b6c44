import { BinaryWriter } from "@bufbuild/protobuf/wire";

/** The numbers of gRPC, and the HTTP statuses of Connect. */
const CODES = {
  canceled: [1, 499],
  unknown: [2, 500],
  invalid_argument: [3, 400],
  deadline_exceeded: [4, 504],
  not_found: [5, 404],
  already_exists: [6, 409],
  permission_denied: [7, 403],
  resource_exhausted: [8, 429],
  failed_precondition: [9, 400],
  aborted: [10, 409],
  out_of_range: [11, 400],
  unimplemented: [12, 501],
  internal: [13, 500],
  unavailable: [14, 503],
  data_loss: [15, 500],
  unauthenticated: [16, 401],
};

const ERROR_INFO = "google.rpc.ErrorInfo";

/**
 * An error of vecstore as the protocol of a request sends it, made without the server's code.
 *
 * @param contentType  of the request; it says which protocol
 * @returns            status, headers, body and, for gRPC, the trailers
 */
export function wireError(contentType, fault) {
  if (CODES[fault.code] === undefined) throw new Error(`code is ${fault.code}; use ${Object.keys(CODES).join(", ")}`);
  const retryAfter = fault.retry_after === undefined ? {} : { "retry-after": String(fault.retry_after) };
  if (contentType.startsWith("application/grpc-web")) return grpcWebError(contentType, fault, retryAfter);
  if (contentType.startsWith("application/grpc")) return grpcError(contentType, fault, retryAfter);
  if (contentType.startsWith("application/connect+")) return connectStreamError(contentType, fault, retryAfter);
  return connectError(fault, retryAfter);
}

function connectError(fault, retryAfter) {
  const [, status] = CODES[fault.code];
  const headers = { "content-type": "application/json", ...retryAfter };
  return { status, headers, body: Buffer.from(JSON.stringify(connectJson(fault))) };
}

function connectStreamError(contentType, fault, retryAfter) {
  const metadata = Object.fromEntries(Object.entries(retryAfter).map(([name, value]) => [name, [value]]));
  const end = JSON.stringify({ error: connectJson(fault), metadata });
  return { status: 200, headers: { "content-type": contentType }, body: frame(2, Buffer.from(end)) };
}

function connectJson(fault) {
  const value = Buffer.from(errorInfo(fault)).toString("base64").replace(/=+$/, "");
  return { code: fault.code, message: messageOf(fault), details: [{ type: ERROR_INFO, value }] };
}

function grpcError(contentType, fault, retryAfter) {
  const headers = { "content-type": contentType };
  return { status: 200, headers, body: Buffer.alloc(0), trailers: { ...grpcTrailers(fault), ...retryAfter } };
}

function grpcWebError(contentType, fault, retryAfter) {
  const trailers = Object.entries({ ...grpcTrailers(fault), ...retryAfter });
  const text = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return { status: 200, headers: { "content-type": contentType }, body: frame(0x80, Buffer.from(text)) };
}

function grpcTrailers(fault) {
  const [number] = CODES[fault.code];
  const any = new BinaryWriter().uint32(tag(1)).string(`type.googleapis.com/${ERROR_INFO}`);
  any.uint32(tag(2)).bytes(errorInfo(fault));
  const status = new BinaryWriter().uint32(1 << 3).int32(number);
  status.uint32(tag(2)).string(messageOf(fault)).uint32(tag(3)).bytes(any.finish());
  return {
    "grpc-status": String(number),
    "grpc-message": encodeURIComponent(messageOf(fault)),
    "grpc-status-details-bin": Buffer.from(status.finish()).toString("base64"),
  };
}

/** A google.rpc.ErrorInfo: reason 1, domain 2, metadata 3. */
function errorInfo({ reason, details = {} }) {
  const info = new BinaryWriter().uint32(tag(1)).string(reason).uint32(tag(2)).string("vecstore");
  for (const [name, value] of Object.entries(details)) {
    const entry = new BinaryWriter().uint32(tag(1)).string(name).uint32(tag(2)).string(value);
    info.uint32(tag(3)).bytes(entry.finish());
  }
  return info.finish();
}

const messageOf = ({ message, reason }) => message ?? `made by the proxy: ${reason}`;

/** The tag of a field that has a length. */
const tag = (number) => (number << 3) | 2;

function frame(flags, data) {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(data.length, 1);
  return Buffer.concat([head, data]);
}
