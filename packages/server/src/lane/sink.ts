import type { NodeResponse } from "../node-http.js";
import { isGone } from "../rpc/write-response.js";

/** Headers or trailers; a list where one comes several times. */
export type Fields = Readonly<Record<string, string | number | readonly string[]>>;

/** A whole answer. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** Beside the type and the length. */
  readonly headers?: Fields | undefined;
  /** Absent: none. */
  readonly body?: Uint8Array;
  readonly trailers?: Fields;
}

/** Where one answer goes. */
export interface Sink {
  /** True when nobody is left to write to. */
  readonly isGone: boolean;
  /** Writes the answer; nothing once nobody is left. */
  send(reply: Reply): void;
  /** Tells when the caller goes away before the answer is written. @returns ends that */
  onGone(listener: () => void): () => void;
}

/** The response of either version of HTTP. */
export class NodeSink implements Sink {
  readonly #response: NodeResponse;

  constructor(response: NodeResponse) {
    this.#response = response;
  }

  get isGone(): boolean {
    return isGone(this.#response);
  }

  send({ status, contentType, headers, body, trailers }: Reply): void {
    if (this.isGone) return;
    // The two kinds of response differ in the types of these alone.
    const response = this.#response as Writer;
    const length = trailers === undefined ? { "content-length": body?.length ?? 0 } : undefined;
    response.writeHead(status, { "content-type": contentType, ...length, ...headers });
    if (trailers !== undefined) response.addTrailers(trailers);
    response.end(body);
  }

  onGone(listener: () => void): () => void {
    const response = this.#response;
    const onClose = () => {
      if (!response.writableEnded) listener();
    };
    response.once("close", onClose);
    return () => response.off("close", onClose);
  }
}

interface Writer {
  writeHead(status: number, headers: Fields): unknown;
  addTrailers(trailers: Fields): void;
  end(body?: Uint8Array): unknown;
}
