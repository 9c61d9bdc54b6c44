import type { Socket } from "node:net";
import type { DescMethod } from "@bufbuild/protobuf";
import { beginCall, type CallBeginners } from "../begin-call.js";
import { type Ledger, RequestAccount } from "../quota/request-account.js";
import { doorOf } from "../rpc/door.js";
import type { Fields } from "./codec/decoder.js";
import type { Lane, Ride } from "./lane.js";

/** Larger bodies are Node's to gather. */
export const PLAIN_BODY_BYTES_MAX = 64 * 1024;
/** How long the rest of a plain call is waited for; then it is Node's, which has limits for that. Milliseconds. */
export const REST_MS = 100;

/** A plain call on a connection of ours, and who has to know its account. */
export interface PlainCall {
  readonly socket: Socket;
  readonly headers: Readonly<Record<string, string>>;
  readonly method: DescMethod;
  readonly requestId: string;
  readonly ride: Ride;
  readonly sink: { account: RequestAccount | undefined };
  /** Of the body. */
  readonly bytes: number;
}

/** Who answers it. */
interface Answerers extends CallBeginners {
  readonly lane: Lane;
  readonly ledger: Ledger;
}

/** Begins a call whose body is here, or will never be, and answers it. */
export function answerPlainCall(by: Answerers, plain: PlainCall, message: Fields): void {
  const { socket, headers, method, requestId, ride, sink, bytes } = plain;
  const call = beginCall(by, {
    door: doorOf(headers["content-type"]),
    requestId,
    header: (name) => headers[name],
    method,
    address: socket.remoteAddress,
    connection: socket,
    certificate: undefined,
  });
  sink.account = new RequestAccount(call.facts, by.ledger);
  sink.account.received(bytes);
  by.lane.answer(ride, call, message);
}
