import type { ConnectError } from "@connectrpc/connect";
import { refusal } from "../errors.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";

/** Time for the answer to leave: a reset overtakes what is not sent yet, and Node does not tell when trailers have left. */
const ANSWER_MS = 1_000;

/**
 * The chunks of a body that is one message, which must come whole in time: one byte a minute is neither idle nor an upload.
 *
 * @throws ConnectError DEADLINE_EXCEEDED; the connection, or the stream of HTTP/2, then ends with the answer, since the rest of
 *         the body is not read
 */
export async function* bodyWithin<T>(
  chunks: AsyncIterable<T>,
  timeoutMs: number,
  request: NodeRequest,
  response: NodeResponse,
): AsyncGenerator<T> {
  // Most bodies are here before anybody looks.
  if (request.complete) return yield* chunks;
  const iterator = chunks[Symbol.asyncIterator]();
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(lateBody(timeoutMs));
    }, timeoutMs);
  });
  // It is raced against; a body that came in time never looks at it again.
  late.catch(() => {});
  try {
    for (;;) {
      const result = await Promise.race([iterator.next(), late]);
      if (result.done) return;
      yield result.value;
    }
  } finally {
    clearTimeout(timer);
    // A body that is let go ends its connection, and the answer with it.
    if (isLate) endWithAnswer(response);
    else iterator.return?.().catch(() => {});
  }
}

/** The error of a body that did not come whole in time. */
export function lateBody(timeoutMs: number): ConnectError {
  return refusal("DEADLINE_EXCEEDED", `the body did not come whole within ${timeoutMs} ms (body_timeout)`);
}

/** Ends the connection, or the stream of HTTP/2, after the answer to a request whose body is not read to its end. */
export function endWithAnswer(response: NodeResponse): void {
  if ("stream" in response) {
    const { stream } = response;
    setTimeout(() => stream?.close(), ANSWER_MS).unref();
  } else if (!response.headersSent) {
    response.setHeader("connection", "close");
  }
}
