import { checkBytes } from "./frames.js";
import type { Send } from "./http.js";

/**
 * Sends by fetch, as browsers and edge runtimes have it.
 *
 * @param own  used instead of the global one
 */
export function sendByFetch(baseUrl: string, own: typeof globalThis.fetch | undefined): Send {
  return async ({ path, headers, body, signal }) => {
    // Not kept: a page may replace it, and it wants no other `this` than its own.
    const fetch = own ?? globalThis.fetch;
    const answer = await fetch(baseUrl + path, {
      method: "POST",
      headers,
      body: body as Uint8Array<ArrayBuffer>,
      signal,
      // A key must not follow a redirection to wherever it leads. Some workers have no "error".
      redirect: "manual",
    });
    return {
      status: answer.status,
      header: (name) => answer.headers.get(name),
      trailer: () => null,
      body: async () => {
        checkBytes(Number(answer.headers.get("content-length") ?? 0));
        return new Uint8Array(await answer.arrayBuffer());
      },
      chunks: () => chunksOf(answer.body),
    };
  };
}

/** Not every browser can loop over a stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream?.getReader();
  if (reader === undefined) return;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    // After an error, or where nobody reads on. One that has ended ignores it.
    reader.cancel().catch(() => {});
  }
}
