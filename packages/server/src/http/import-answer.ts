import type { Message } from "@bufbuild/protobuf";
import { type ImportFailure, type ImportResponse, ImportResponseSchema } from "../gen/vecstore/v1/transfer_pb.js";
import type { NodeResponse } from "../node-http.js";
import { isGone } from "../rpc/write-response.js";
import { messageToRest } from "./json-out.js";
import { breakOff, LINES_TYPE } from "./send-lines.js";

/** Bad rows that are kept while the caller does not read. */
const UNREAD_FAILURES_MAX = 1_000;

/**
 * Sends how an import goes on as lines of JSON, and at the end one with `"complete": true`.
 *
 * Many callers read nothing before they have sent everything. To wait for them would be to wait for each other, so a line is left
 * out while the caller does not read: a later one has its counts and its token, and the bad rows that were not named yet, up
 * to 1,000 of them.
 *
 * @throws what fails before the first line: nothing was sent then
 */
export async function sendImport(response: NodeResponse, messages: AsyncIterable<Message>): Promise<void> {
  const progress = new Progress(response);
  try {
    for await (const message of messages) {
      if (isGone(response)) return;
      progress.take(message as ImportResponse);
    }
    progress.end();
  } catch (thrown) {
    if (!response.headersSent) throw thrown;
    breakOff(response, progress.rest(), thrown);
  }
}

class Progress {
  readonly #response: NodeResponse;
  #isBlocked = false;
  #failures: ImportFailure[] = [];
  #unnamed = 0n;
  #last: ImportResponse | undefined;

  constructor(response: NodeResponse) {
    this.#response = response;
    response.on("drain", () => {
      this.#isBlocked = false;
    });
  }

  take(message: ImportResponse): void {
    const room = UNREAD_FAILURES_MAX - this.#failures.length;
    this.#failures.push(...message.failures.slice(0, room));
    this.#unnamed += BigInt(Math.max(0, message.failures.length - room));
    this.#last = message;
    // A beginning says nothing, and an error that comes next still has a status of its own.
    if (message.rows === 0n || this.#isBlocked) return;
    this.#head();
    this.#isBlocked = !(this.#response.write as (text: string) => boolean).call(this.#response, this.#line({}));
  }

  end(): void {
    this.#head();
    this.#response.end(this.#line({ complete: true }));
  }

  /** The bad rows that no line named yet, for a body that breaks off. */
  rest(): string {
    return this.#failures.length === 0 ? "" : this.#line({});
  }

  #head(): void {
    if (this.#response.headersSent) return;
    this.#response.statusCode = 200;
    this.#response.setHeader("content-type", LINES_TYPE);
  }

  #line(more: object): string {
    const failures = this.#failures;
    this.#failures = [];
    const message = { ...this.#last!, failures, unnamed: this.#unnamed };
    return `${JSON.stringify({ ...more, ...messageToRest(ImportResponseSchema, message) })}\n`;
  }
}
