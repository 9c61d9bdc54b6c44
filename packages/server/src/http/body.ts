import { refusal } from "../errors.js";
import type { NodeRequest } from "../node-http.js";

/**
 * Reads a request's body as text.
 *
 * @throws ConnectError MESSAGE_TOO_LARGE past `bytesMax`, by the length that is announced or by what comes; CANCELED when
 *         the caller goes away
 */
export async function readBody(request: NodeRequest, bytesMax: number): Promise<string> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > bytesMax) throw tooLarge(`${announced} bytes`, bytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(request)) {
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
