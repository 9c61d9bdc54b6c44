import type { Cancellation } from "./cancellation.js";

/** One POST. */
export interface HttpRequest {
  /** Of the URL, from its first slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>;
  /** Ends the request, and the reading of its answer. */
  readonly cancellation: Cancellation;
}

/** The answer to a request, whose body is read once, in one of two ways. */
export interface HttpAnswer {
  readonly status: number;
  /** Null when there is none. */
  header(name: string): string | null;
  /** The same of the trailers, which come after the body; null where there are none, as with fetch. */
  trailer(name: string): string | null;
  /** The whole body. */
  body(): Promise<Uint8Array>;
  /** The body as it comes. Leaving the loop ends the request. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Sends a request, and returns when the head of its answer is there. It rejects with whatever the platform throws. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;
