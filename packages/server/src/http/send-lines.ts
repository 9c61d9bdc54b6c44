import { toConnectError } from "../errors.js";
import type { NodeResponse } from "../node-http.js";
import { isGone, writeChunk } from "../rpc/write-response.js";
import { errorBody } from "./respond.js";

/** JSON lines; https://github.com/ndjson/ndjson-spec */
export const LINES_TYPE = "application/x-ndjson";

/** Lines are joined to writes of this size: a write for each would cost more than the line. */
const WRITE_BYTES = 16 * 1024;

/**
 * Sends lines as they come, no faster than the caller takes them. The head leaves with the first line.
 *
 * A failure after that is the last line, `{"error": ..}`, and the connection breaks off, so that nobody takes the body for
 * whole.
 *
 * @throws what the first line throws: nothing was sent then
 */
export async function sendLines(
  response: NodeResponse,
  contentType: string,
  lines: AsyncIterable<string>,
): Promise<void> {
  const iterator = lines[Symbol.asyncIterator]();
  let text = "";
  try {
    let line = await iterator.next();
    if (isGone(response)) return;
    response.statusCode = 200;
    response.setHeader("content-type", contentType);
    while (!line.done) {
      for (; !line.done && text.length < WRITE_BYTES; line = await iterator.next()) text += `${line.value}\n`;
      const bytes = Buffer.from(text);
      text = "";
      if (!(await writeChunk(response, bytes))) return;
    }
    response.end();
  } catch (thrown) {
    if (!response.headersSent) throw thrown;
    breakOff(response, text, thrown);
  } finally {
    // Not awaited: work that hangs must not keep the caller.
    iterator.return?.().catch(() => {});
  }
}

/**
 * Ends a body that was begun by a line with the error, and the connection with it.
 *
 * @param text  lines that were made and not sent yet
 */
export function breakOff(response: NodeResponse, text: string, thrown: unknown): void {
  if (isGone(response)) return;
  const line = Buffer.from(`${text}${JSON.stringify(errorBody(toConnectError(thrown)))}\n`);
  (response.write as (chunk: Uint8Array, done: () => void) => boolean).call(response, line, () => response.destroy());
}
