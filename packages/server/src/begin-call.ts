import type { DescMethod } from "@bufbuild/protobuf";
import type { Authority } from "./auth/authority.js";
import type { HeaderLookup } from "./auth/keys.js";
import { needOf } from "./auth/rules.js";
import { type Call, createCall, type Door } from "./call.js";
import type { Tracing } from "./observability/tracing/tracing.js";
import type { Connection } from "./quota/connections.js";

/** Who decides about calls, and follows them. */
export interface CallBeginners {
  readonly authority: Authority;
  readonly tracing: Tracing;
}

/** What is known of a call from its head. */
export interface CallHead {
  readonly door: Door;
  readonly requestId: string;
  readonly header: HeaderLookup;
  readonly method: DescMethod | undefined;
  readonly address: string | undefined;
  readonly connection: Connection | undefined;
  readonly certificate: string | undefined;
}

/** Begins a call, and decides on its head whether it may go on. Once for each: it counts. */
export function beginCall({ authority, tracing }: CallBeginners, head: CallHead): Call {
  const { door, requestId, header, method, address, connection, certificate } = head;
  return createCall({
    door,
    requestId,
    decision: authority.decide(header, method === undefined ? "any" : needOf(method), address),
    namespaceHeader: header("x-namespace"),
    method,
    address,
    connection,
    certificate,
    trace: tracing.begin(header("traceparent")),
  });
}
