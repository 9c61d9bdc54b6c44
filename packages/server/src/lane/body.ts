import type { NodeRequest } from "../node-http.js";

/** What came of a request's body. */
export interface Body {
  readonly chunks: readonly Buffer[];
  readonly bytes: number;
  /** False when it is longer than allowed, or broke off: the rest is still in the request. */
  readonly isWhole: boolean;
}

/** Reads a body until it ends, breaks, or has more than `bytesMax`. Never rejects. */
export function readBody(request: NodeRequest, bytesMax: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (isWhole: boolean) => {
      request.off("data", onData);
      request.off("end", onEnd);
      request.off("error", onBreak);
      request.off("close", onBreak);
      resolve({ chunks, bytes, isWhole });
    };
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= bytesMax) return;
      request.pause();
      settle(false);
    };
    const onEnd = () => settle(true);
    const onBreak = () => settle(false);
    request.on("data", onData);
    request.on("end", onEnd);
    request.on("error", onBreak);
    request.on("close", onBreak);
  });
}

/** The bytes of a whole body. */
export function bytesOf({ chunks }: Body): Buffer {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** The body again, for somebody who reads it from its beginning. */
export async function* replay(request: NodeRequest, { chunks, isWhole }: Body): AsyncGenerator<Uint8Array> {
  yield* chunks;
  // What broke off fails here as it does for any other reader.
  if (!isWhole) yield* request as AsyncIterable<Buffer>;
}
