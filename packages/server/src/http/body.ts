import { refusal } from "../errors.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import { bodyWithin } from "../rpc/body-deadline.js";

/** How large a body may be, and how long it may take. */
export interface BodyLimits {
  readonly maxMessageBytes: number;
  readonly bodyTimeoutMs: number;
}

/**
 * Reads a request's body as text.
 *
 * @throws ConnectError MESSAGE_TOO_LARGE by the length that is announced or by what comes; DEADLINE_EXCEEDED; CANCELED when the
 *         caller goes away
 */
export async function readBody(request: NodeRequest, response: NodeResponse, limits: BodyLimits): Promise<string> {
  const { maxMessageBytes: bytesMax, bodyTimeoutMs } = limits;
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > bytesMax) throw tooLarge(`${announced} bytes`, bytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bodyWithin(chunksOf(request), bodyTimeoutMs, request, response)) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(`more than ${bytesMax} bytes`, bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The bytes of a body as they come. A connection that breaks in the middle is the caller's doing, and no fault of ours.
 *
 * @throws ConnectError CANCELED
 */
export async function* chunksOf(request: NodeRequest): AsyncGenerator<Buffer> {
  try {
    yield* request as AsyncIterable<Buffer>;
  } catch (error) {
    throw refusal("CANCELED", "the body ended before it was complete", {}, error);
  }
}

function tooLarge(got: string, bytesMax: number) {
  return refusal("MESSAGE_TOO_LARGE", `the body has ${got}; allowed are ${bytesMax}, so split it`);
}
