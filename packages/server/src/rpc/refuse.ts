import type { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamToJson,
  errorToJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { NodeRequest, NodeResponse } from "../node-http.js";

/** `/package.Service/Method`; no path of REST has a dot in its first part. */
const RPC_PATH = /^\/[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\/[A-Za-z_]\w*$/;
/** Content types that only RPCs have. */
const RPC_TYPE = /^application\/(grpc|connect\+|proto\b)/;

/** Whether a request that no RPC takes was meant for one, and so wants its error in the form of a protocol. */
export function isMeantForRpc(path: string, contentType: string | undefined): boolean {
  return RPC_PATH.test(path) || RPC_TYPE.test(contentType ?? "");
}

/** Answers a request that no handler of a protocol sees, in the form that its protocol gives errors. */
export function sendRpcError(request: NodeRequest, response: NodeResponse, error: ConnectError): void {
  const type = request.headers["content-type"] ?? "";
  // The rest of a body that nobody reads would be taken for the next request.
  if (!request.complete && request.httpVersionMajor === 1) response.setHeader("connection", "close");
  if (type.startsWith("application/grpc")) {
    sendStatus(response, type, error);
  } else if (type.startsWith("application/connect+")) {
    const json = JSON.stringify(endStreamToJson(new Headers(), error, undefined));
    sendBytes(response, 200, type, encodeEnvelope(endStreamFlag, new TextEncoder().encode(json)));
  } else {
    sendBytes(response, codeToHttpStatus(error.code), "application/json", errorToJsonBytes(error, undefined));
  }
}

/** Headers alone, with the status among them: gRPC calls it Trailers-Only, and gRPC-Web has it too. */
function sendStatus(response: NodeResponse, type: string, error: ConnectError): void {
  response.statusCode = 200;
  response.setHeader(
    "content-type",
    type.startsWith("application/grpc-web") ? "application/grpc-web" : "application/grpc",
  );
  const status = new Headers();
  setTrailerStatus(status, error);
  for (const [name, value] of status) response.setHeader(name, value);
  // Without a call of writeHead before, HTTP/2 ends the stream with the headers' own frame.
  response.end();
}

function sendBytes(response: NodeResponse, status: number, contentType: string, bytes: Uint8Array): void {
  response.statusCode = status;
  response.setHeader("content-type", contentType);
  response.setHeader("content-length", bytes.byteLength);
  response.end(bytes);
}
