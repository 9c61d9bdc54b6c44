import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { Call } from "../call.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import type { RpcDoor } from "../rpc/door.js";
import { type BodyLimits, bytesOf, readBody, replay } from "./body.js";
import type { Lane, Ride } from "./lane.js";
import { NodeSink } from "./sink.js";

/** What the lane needs in front of Connect. */
export interface FastLaneOptions {
  readonly lane: Lane;
  /** Milliseconds in which a body must be here. */
  readonly bodyTimeoutMs: number;
  /** Answers whatever the lane does not take. */
  readonly behind: RpcDoor;
}

/**
 * A way around Connect for plain calls of a few methods. The decisions are those of every door: the routes' on the headers, then the
 * same layers and the same handler. Only what reads and writes bytes is its own.
 *
 * What is not plain goes to Connect as if the lane were not there, its body too, when that shows only there: a message that does not
 * decode is therefore refused by Connect, in its words.
 */
export function createFastLane({ lane, bodyTimeoutMs: timeoutMs, behind }: FastLaneOptions): RpcDoor {
  return {
    find: behind.find,
    refuse: behind.refuse,
    async serve(handler, request, response, call) {
      const ride = call.decision.isAllowed ? lane.enter(handler.method, request, new NodeSink(response)) : undefined;
      if (ride === undefined) return behind.serve(handler, request, response, call);
      return drive({ lane, ride, handler, request, response, call, behind, timeoutMs });
    },
  };
}

/** A call whose body is still to come. */
interface Drive {
  readonly lane: Lane;
  readonly ride: Ride;
  readonly handler: UniversalHandler;
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly call: Call;
  readonly behind: RpcDoor;
  readonly timeoutMs: number;
}

function drive({ lane, ride, handler, request, response, call, behind, timeoutMs }: Drive): Promise<void> {
  const limits: BodyLimits = { bytesMax: ride.bytesMax, timeoutMs };
  return new Promise((resolve, reject) => {
    readBody(request, limits, (body) => {
      const message = body.state === "whole" ? lane.read(ride, bytesOf(body)) : undefined;
      if (message !== undefined) {
        lane.answer(ride, call, message);
        return resolve();
      }
      behind.serve(handler, request, response, call, replay({ request, response }, body, limits)).then(resolve, reject);
    });
  });
}
