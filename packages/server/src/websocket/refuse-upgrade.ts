import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { ConnectError } from "@connectrpc/connect";
import { ERROR_TABLE, errorInfoOf } from "../errors.js";
import { errorBody } from "../http/respond.js";

/** Answers a request for a WebSocket as REST answers what it refuses, and ends the connection. */
export function refuseUpgrade(socket: Duplex, requestId: string, error: ConnectError): void {
  const { reason } = errorInfoOf(error);
  const status = ERROR_TABLE[reason].http;
  const body = JSON.stringify(errorBody(error));
  const retryAfter = error.metadata.get("retry-after");
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    ...(retryAfter === null ? [] : [`retry-after: ${retryAfter}`]),
    "connection: close",
  ];
  // A caller that does not read its answer must not keep the connection.
  socket.once("finish", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
