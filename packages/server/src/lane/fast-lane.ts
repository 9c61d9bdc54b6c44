import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { validateHost } from "../auth/host.js";
import type { Call } from "../call.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import type { RpcDoor } from "../rpc/door.js";
import type { MethodEntry } from "../rpc/services.js";
import { sendAnswer, sendFailure, type Way } from "./answer.js";
import { bytesOf, readBody, replay } from "./body.js";
import type { Fields } from "./codec/decoder.js";
import { acceptedCompression } from "./compression.js";
import { createEnding } from "./ending.js";
import { type Form, formOf, messageIn } from "./form.js";
import { HeaderView } from "./header-view.js";
import { createInvoke, type Exchange, type Invoke } from "./invoke.js";
import { createMessages, type Messages } from "./messages.js";
import { timeoutOf } from "./timeout.js";

/** What the lane needs. */
export interface FastLaneOptions {
  readonly methods: readonly MethodEntry[];
  readonly interceptors: readonly Interceptor[];
  readonly maxMessageBytes: number;
  /** Milliseconds in which a body must be here. */
  readonly bodyTimeoutMs: number;
  /** Answers whatever the lane does not take. */
  readonly behind: RpcDoor;
}

/** The calls that make up nearly all of a server's work. */
const LANE_METHODS: ReadonlySet<DescMethod> = new Set([
  VecStoreService.method.query,
  VecStoreService.method.batchQuery,
  VecStoreService.method.upsert,
  VecStoreService.method.get,
]);

/** One method of the lane. */
interface Lane {
  readonly invoke: Invoke;
  readonly messages: Messages;
}

/**
 * A way around Connect for plain calls of a few methods. The decisions are those of every door: the routes' on the headers, then the
 * same interceptors and the same handler. Only what reads and writes bytes is its own.
 *
 * What is not plain goes to Connect as if the lane were not there, its body too, when that shows only there: a message that does not
 * decode is therefore refused by Connect, in its words.
 */
export function createFastLane(options: FastLaneOptions): RpcDoor {
  const { methods, interceptors, maxMessageBytes, behind } = options;
  const lanes = new Map<DescMethod, Lane>();
  for (const entry of methods) {
    if (!LANE_METHODS.has(entry.method)) continue;
    const messages = createMessages(entry.method, maxMessageBytes);
    lanes.set(entry.method, { invoke: createInvoke(entry, interceptors), messages });
  }
  const isHost = createHostMemory();
  const enter = (request: NodeRequest, call: Call): Form | undefined => {
    const form = call.decision.isAllowed ? formOf(request) : undefined;
    const isTaken = form !== undefined && isHost(request) && announced(request) <= maxMessageBytes;
    return isTaken ? form : undefined;
  };
  return {
    find: behind.find,
    refuse: behind.refuse,
    async serve(handler, request, response, call) {
      const lane = lanes.get(handler.method);
      const form = lane === undefined ? undefined : enter(request, call);
      if (lane === undefined || form === undefined) return behind.serve(handler, request, response, call);
      return drive(lane, { handler, request, response, call, form }, options);
    },
  };
}

/** A call on the lane. */
interface Ride {
  readonly handler: UniversalHandler;
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly call: Call;
  readonly form: Form;
}

async function drive(lane: Lane, ride: Ride, options: FastLaneOptions): Promise<void> {
  const { maxMessageBytes, bodyTimeoutMs, behind } = options;
  const { handler, request, response, call, form } = ride;
  const header = new HeaderView(request.headers);
  const timeout = timeoutOf(header, form);
  if (timeout === "unusual") return behind.serve(handler, request, response, call);
  // Before the body comes: the time that a caller gives counts from the headers.
  const ending = createEnding(response, timeout);
  try {
    const limits = { bytesMax: maxMessageBytes + form.frameBytes, timeoutMs: bodyTimeoutMs };
    const body = await readBody(request, limits);
    const bytes = body.state === "whole" ? messageIn(form, bytesOf(body)) : undefined;
    const message = bytes && lane.messages.read(form, bytes);
    if (message === undefined) {
      ending.clear();
      return behind.serve(handler, request, response, call, replay(ride, body, limits));
    }
    const way = { response, form, compression: acceptedCompression(request, form) };
    call.controller = ending.controller;
    await answer(lane, message, way, { header, call, signal: ending.controller.signal, url: request.url ?? "" });
  } finally {
    ending.clear();
  }
}

async function answer({ invoke, messages }: Lane, message: Fields, way: Way, exchange: Exchange): Promise<void> {
  let bytes: Uint8Array;
  let outgoing: Awaited<ReturnType<Invoke>>;
  try {
    outgoing = await invoke(message, exchange);
    bytes = messages.write(way.form, outgoing.message);
  } catch (error) {
    return sendFailure(way, error);
  }
  const { header, trailer } = outgoing;
  return sendAnswer(way, { bytes, header, trailer });
}

/** Bytes that the body will have, when it says so. Anything that is no number is left to Node. */
function announced({ headers }: NodeRequest): number {
  return Number(headers["content-length"] ?? 0);
}

/** Says whether a request names a host. Nearly all name the same, so the last good one is remembered. */
function createHostMemory(): (request: NodeRequest) => boolean {
  let last: string | undefined;
  return (request) => {
    const host = request.headers[":authority"] ?? request.headers.host;
    if (host === last && host !== undefined) return true;
    try {
      validateHost(request);
    } catch {
      return false;
    }
    last = typeof host === "string" ? host : undefined;
    return true;
  };
}
