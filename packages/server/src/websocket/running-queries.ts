import type { IncomingMessage } from "node:http";
import type { Decision } from "../auth/permit.js";
import { refusal, toConnectError } from "../errors.js";
import { QueryRequestSchema } from "../gen/vecstore/v1/query_pb.js";
import { messageFromRest } from "../http/json-in.js";
import { RequestAccount } from "../quota/request-account.js";
import { callOf, reportEarly, type SocketContext } from "./context.js";
import { type ClientFrame, type RequestId, writeError, writeFrame } from "./frames.js";
import { WEBSOCKET_LIMITS } from "./limits.js";
import type { Outbox } from "./outbox.js";
import { runQuery } from "./run-query.js";

type QueryFrame = Extract<ClientFrame, { kind: "query" }>;

/** The queries of one socket. Each ends by one frame: that it is complete, or an error. */
export class RunningQueries {
  readonly #context: SocketContext;
  readonly #request: IncomingMessage;
  readonly #outbox: Outbox;
  /** Told when the last one has ended. */
  readonly #onIdle: () => void;
  readonly #running = new Map<RequestId | undefined, AbortController>();

  /** @param request  the handshake, whose headers go with every query */
  constructor(context: SocketContext, request: IncomingMessage, outbox: Outbox, onIdle: () => void) {
    this.#context = context;
    this.#request = request;
    this.#outbox = outbox;
    this.#onIdle = onIdle;
  }

  /** Queries that run. */
  get count(): number {
    return this.#running.size;
  }

  /** Runs a query; what goes wrong with it is a frame of its own. @param bytes  of the frame that it came in */
  async start({ requestId, query }: QueryFrame, decision: Decision, bytes: number): Promise<void> {
    const { entry, interceptors, reporter, ledger } = this.#context;
    const call = callOf(this.#context, this.#request, decision, requestId);
    const account = new RequestAccount(call.facts, ledger);
    account.received(bytes);
    // An error under the id of a query that runs would be taken for its end.
    const isTaken = this.#running.has(requestId);
    let isOurs = false;
    try {
      this.#assertRoom(requestId);
      const message = messageFromRest(QueryRequestSchema, query);
      const controller = new AbortController();
      this.#running.set(requestId, controller);
      isOurs = true;
      const url = new URL(this.#request.url ?? "/", "http://localhost");
      const invocation = { request: this.#request, call, url, signal: controller.signal };
      const frame = (body: object) => writeFrame(body, requestId);
      await runQuery(entry, interceptors, { query: message, invocation, frame, account }, this.#outbox);
    } catch (thrown) {
      const error = toConnectError(thrown);
      reportEarly(reporter, call, error);
      const text = writeError(error, isTaken ? undefined : requestId);
      account.sent(Buffer.byteLength(text));
      account.end();
      this.#outbox.sendError(text);
    } finally {
      if (isOurs) this.#running.delete(requestId);
      if (isOurs && this.count === 0) this.#onIdle();
    }
  }

  /** Ends a query; one that has ended, or never was, is none. */
  cancel(requestId: RequestId): void {
    this.#running.get(requestId)?.abort();
  }

  /** Ends all: nobody waits for them any more. */
  cancelAll(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  #assertRoom(requestId: RequestId | undefined): void {
    const { queriesMax } = WEBSOCKET_LIMITS;
    if (this.#running.has(requestId)) {
      const which = requestId === undefined ? "a query without a request_id" : `query ${JSON.stringify(requestId)}`;
      throw refusal("INVALID_ARGUMENT", `${which} runs on this socket already; give each a request_id of its own`);
    }
    if (this.count < queriesMax) return;
    const message = `${this.count} queries run on this socket, and ${queriesMax} may; wait for one to end`;
    throw refusal("CONCURRENCY_LIMITED", message, { usage: String(this.count), limit: String(queriesMax) });
  }
}
