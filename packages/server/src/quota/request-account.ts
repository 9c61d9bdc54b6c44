import type { NodeRequest, NodeResponse } from "../node-http.js";

/** What requests did, to be added to what a namespace is charged with. */
export interface RequestTotals {
  readonly requests?: number;
  readonly refusals?: number;
  /** Bytes of bodies, as they are on the wire: compressed if they are, without headers. */
  readonly bytesIn?: number;
  readonly bytesOut?: number;
}

/** Who keeps what requests did, by namespace. */
export interface Ledger {
  /** Adds to the totals of a namespace that exists. */
  add(namespace: string, more: RequestTotals): void;
  /** Records of the namespace changed; told when the request ends, and while a long one goes on. */
  wrote(namespace: string): void;
}

/** What is known of a request by now; its handler fills it in. */
export interface ChargedFacts {
  /** Set once the namespace is known to exist. */
  readonly namespace?: string;
  /** Set when records changed. */
  readonly write?: string;
}

/** A stream is written down each time that it moved so much: it may run for hours, and a crash must not lose all of it. */
const FLUSH_BYTES = 64 * 1024;

/** Counts one request of any door. What never reached a namespace is charged to none. */
export class RequestAccount {
  readonly #facts: ChargedFacts;
  readonly #ledger: Ledger;
  #bytesIn = 0;
  #bytesOut = 0;
  #isOver = false;

  constructor(facts: ChargedFacts, ledger: Ledger) {
    this.#facts = facts;
    this.#ledger = ledger;
  }

  /** Bytes of the body came in. */
  received(bytes: number): void {
    this.#bytesIn += bytes;
    this.#consider();
  }

  /** Bytes of the answer's body were handed to the connection. */
  sent(bytes: number): void {
    this.#bytesOut += bytes;
    this.#consider();
  }

  /** The answer is written, or nobody waits for it any more. A second call adds the bytes that came since, and no request. */
  end(): void {
    this.#flush(this.#isOver ? 0 : 1);
    this.#isOver = true;
  }

  #consider(): void {
    if (this.#bytesIn + this.#bytesOut >= FLUSH_BYTES) this.#flush(0);
  }

  #flush(requests: number): void {
    const { namespace, write } = this.#facts;
    if (namespace === undefined) return;
    this.#ledger.add(namespace, { requests, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut });
    this.#bytesIn = 0;
    this.#bytesOut = 0;
    if (write !== undefined) this.#ledger.wrote(namespace);
  }
}

/**
 * Counts a request of HTTP/1 or HTTP/2 where its bytes pass, so that no door has to: all read the body from the request and write the answer
 * to the response.
 */
export function accountFor(request: NodeRequest, response: NodeResponse, account: RequestAccount): void {
  const push = request.push;
  request.push = function pushCounted(chunk, encoding) {
    if (chunk !== null) account.received(lengthOf(chunk));
    return push.call(this, chunk, encoding);
  };
  const { write, end } = response as Writer;
  // Under HTTP/2 `end` calls `write`, under HTTP/1 it does not.
  let isEnding = false;
  (response as Writer).write = function writeCounted(...args) {
    if (!isEnding) account.sent(lengthOf(args[0]));
    return write.apply(this, args);
  };
  (response as Writer).end = function endCounted(...args) {
    if (!isEnding) account.sent(lengthOf(args[0]));
    isEnding = true;
    // Before the caller can know: who asks for usage after an answer finds it counted.
    account.end();
    return end.apply(this, args);
  };
  response.once("close", () => account.end());
}

/** The two kinds of response differ in the types of these alone. */
interface Writer {
  write(...args: unknown[]): boolean;
  end(...args: unknown[]): unknown;
}

function lengthOf(chunk: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
