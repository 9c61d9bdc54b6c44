import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { NodeResponse } from "../node-http.js";

/**
 * Writes a response of Connect's to Node, reading its body no faster than the caller takes it.
 *
 * Connect has such a function. It waits for `drain` alone, which never comes when a caller goes away while the buffer is
 * full: the handler would not learn of it, and would keep what it holds for ever.
 *
 * Resolves when everything is written, or the caller is gone and the body was told to end.
 *
 * @throws what the body throws; the response is then begun or not
 */
export async function writeResponse(universal: UniversalServerResponse, response: NodeResponse): Promise<void> {
  const chunks = universal.body?.[Symbol.asyncIterator]();
  try {
    // The head leaves with the first chunk: until then a handler may set headers.
    let chunk = await chunks?.next();
    if (isGone(response)) return;
    response.writeHead(universal.status, toNodeHeaders(universal.header));
    while (chunk !== undefined && chunk.done !== true) {
      if (!(await writeChunk(response, chunk.value))) return;
      chunk = await chunks?.next();
    }
    if (universal.trailer !== undefined) response.addTrailers(toNodeHeaders(universal.trailer));
    response.end();
  } finally {
    // Not awaited: a body that hangs must not keep the caller.
    chunks?.return?.().catch(() => {});
  }
}

/** Writes one chunk. Resolves to true when there is room for more, to false when the caller is gone. */
export function writeChunk(response: NodeResponse, bytes: Uint8Array): Promise<boolean> {
  if (isGone(response)) return Promise.resolve(false);
  // Of the two kinds of response only HTTP/2's type lacks the plain form.
  if ((response.write as (chunk: Uint8Array) => boolean).call(response, bytes)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (hasRoom: boolean) => {
      response.off("drain", onDrain);
      response.off("close", onClose);
      resolve(hasRoom);
    };
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    response.once("drain", onDrain);
    response.once("close", onClose);
  });
}

/** True when nobody is left to write to. */
export function isGone(response: NodeResponse): boolean {
  return response.destroyed || response.writableEnded || ("stream" in response && (response.stream?.destroyed ?? true));
}

/** Node wants a list where a header comes several times. */
function toNodeHeaders(headers: Headers | undefined): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, value] of headers ?? [])
    out[name] = name === "set-cookie" ? (headers?.getSetCookie() ?? []) : value;
  return out;
}
