import type { ConnectError } from "@connectrpc/connect";
import { codeName, ERROR_TABLE, errorInfoOf } from "../errors.js";
import type { NodeResponse } from "../node-http.js";

/** Sends text or JSON and ends the response. */
export function send(response: NodeResponse, status: number, contentType: string, body: string): void {
  response.statusCode = status;
  response.setHeader("content-type", contentType);
  response.setHeader("content-length", Buffer.byteLength(body));
  response.end(body);
}

/** Sends a value as JSON. */
export function sendJson(response: NodeResponse, status: number, value: unknown): void {
  send(response, status, "application/json", JSON.stringify(value));
}

/** An error in REST's form. */
export function errorBody(error: ConnectError): { readonly error: object } {
  const { reason, facts } = errorInfoOf(error);
  return { error: { code: codeName(error.code), reason, message: error.rawMessage, details: facts } };
}

/** Sends an error in REST's form; `status` overrides the table's where HTTP has a better one. */
export function sendError(response: NodeResponse, error: ConnectError, status?: number): void {
  const { reason } = errorInfoOf(error);
  const retryAfter = error.metadata.get("retry-after");
  if (retryAfter !== null) response.setHeader("retry-after", retryAfter);
  sendJson(response, status ?? ERROR_TABLE[reason].http, errorBody(error));
}
