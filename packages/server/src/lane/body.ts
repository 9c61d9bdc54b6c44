import type { Readable } from "node:stream";
import { refusal } from "../errors.js";
import type { NodeResponse } from "../node-http.js";
import { endWithAnswer, lateBody } from "../rpc/body-deadline.js";

/** What came of a request's body. */
export interface Body {
  readonly chunks: readonly Buffer[];
  /**
   * `long`: it has more bytes than allowed, and the rest is still in the request. `late`: it was not whole in time. `broken`: the caller
   * went away.
   */
  readonly state: "whole" | "long" | "late" | "broken";
}

/** What a body may be. */
export interface BodyLimits {
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

/** Where a body comes from: a request, or a stream of HTTP/2. */
export type BodySource = Readable & { readonly aborted: boolean };

/** Reads a body until it ends, breaks, or exceeds a limit, and tells once. */
export function readBody(request: BodySource, { bytesMax, timeoutMs }: BodyLimits, onBody: (body: Body) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const settle = (state: Body["state"]) => {
    clearTimeout(timer);
    request.off("data", onData);
    request.off("end", onEnd);
    request.off("error", onBreak);
    request.off("close", onBreak);
    onBody({ chunks, state });
  };
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= bytesMax) return;
    request.pause();
    settle("long");
  };
  // Node may end the body of a stream of HTTP/2 that its caller has reset.
  const onEnd = () => settle(request.aborted ? "broken" : "whole");
  const onBreak = () => settle("broken");
  const timer = setTimeout(() => {
    request.pause();
    settle("late");
  }, timeoutMs);
  request.on("data", onData);
  request.on("end", onEnd);
  request.on("error", onBreak);
  request.on("close", onBreak);
}

/** The bytes of a whole body. */
export function bytesOf({ chunks }: Body): Buffer {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Whose body it was. */
export interface Replayed {
  readonly request: BodySource;
  readonly response: NodeResponse;
}

/** The body again, for somebody who reads it from its beginning. A late one ends the connection with the answer. */
export async function* replay(
  { request, response }: Replayed,
  { chunks, state }: Body,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
  if (state === "late") {
    endWithAnswer(response);
    throw lateBody(limits.timeoutMs);
  }
  if (state === "long") yield* request;
  if (state === "broken") throw refusal("CANCELED", "the body ended before it was complete");
}
