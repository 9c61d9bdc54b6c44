import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import type { HandlerContext } from "@connectrpc/connect";
import { createCall } from "../call.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { createDirectOnion, createOnion } from "../interceptors/index.js";
import { clampTimeouts } from "../interceptors/timeout-header.js";
import { createFastLane } from "../lane/fast-lane.js";
import { Lane } from "../lane/lane.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import type { CallEnd, Reporter } from "../observability/report.js";
import { createRpcDoor, doorOf, type RpcDoor } from "../rpc/door.js";

/** Most bytes of a message. */
export const MESSAGE_BYTES_MAX = 1_000;

/** Answers a query, whatever it is. */
export type Handler = (request: never, context: HandlerContext) => unknown;

/** A door over a handler of a test, on two ports, and what it did. */
export interface Bench {
  readonly name: "lane" | "Connect";
  readonly http1: number;
  readonly http2: number;
  readonly ended: Omit<CallEnd, "durationMs">[];
  /** Paths of calls whose headers came. */
  readonly arrived: string[];
  /** Of each call that the lane left to Connect: whether it had read a body. */
  readonly left: ("with its body" | "untouched")[];
}

const running: { close(): unknown }[] = [];

/** Ends every server. */
export function closeBoth(): void {
  for (const server of running.splice(0)) server.close();
}

/** The handler behind the lane, and behind Connect alone. */
export async function both(
  handler: Handler,
  isAllowed = true,
  bodyTimeoutMs = 60_000,
): Promise<readonly [lane: Bench, connect: Bench]> {
  const serveAs = (name: Bench["name"]) => serve(name, handler, isAllowed, bodyTimeoutMs);
  return [await serveAs("lane"), await serveAs("Connect")];
}

async function serve(name: Bench["name"], handler: Handler, isAllowed: boolean, bodyTimeoutMs: number): Promise<Bench> {
  const ended: Bench["ended"] = [];
  const left: Bench["left"] = [];
  const arrived: string[] = [];
  const end: Reporter["end"] = (_, { durationMs: _ms, ...kept }) => void ended.push(kept);
  const reporter = { end } as Reporter;
  const audit = { begin: () => undefined, end: () => {} };
  const interceptors = createOnion({ reporter, audit, idleTimeoutMs: 1_000, onQuotaRefusal: () => {} });
  const methods = [{ method: VecStoreService.method.query, handler: handler as never }];
  const limits = { maxMessageBytes: MESSAGE_BYTES_MAX, bodyTimeoutMs };
  const connect = createRpcDoor({ methods, interceptors, ...limits, clampTimeouts, reporter });
  const behind: RpcDoor = {
    ...connect,
    serve(...args) {
      left.push(args[4] === undefined ? "untouched" : "with its body");
      return connect.serve(...args);
    },
  };
  const around = createDirectOnion({ reporter, onQuotaRefusal: () => {} });
  const { maxMessageBytes } = limits;
  const lane = createFastLane({ lane: new Lane({ methods, around, maxMessageBytes }), bodyTimeoutMs, behind });
  const route = (request: NodeRequest, response: NodeResponse) => {
    const door = name === "lane" ? lane : connect;
    arrived.push(request.url!);
    const call = createCall({
      door: doorOf(request.headers["content-type"]),
      requestId: "r",
      decision: isAllowed
        ? { isAllowed, userId: "u", role: "admin" }
        : { isAllowed, reason: "API_KEY_MISSING", message: "a key is needed" },
      namespaceHeader: undefined,
    });
    response.on("error", () => {});
    void door.serve(door.find(request.url!.split("?")[0]!)!, request, response, call).catch(() => response.destroy());
  };
  return {
    name,
    http1: await listen(createServer(route)),
    http2: await listen(createHttp2Server(route)),
    ended,
    arrived,
    left,
  };
}

async function listen(server: ReturnType<typeof createServer> | ReturnType<typeof createHttp2Server>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  running.push(server);
  return (server.address() as AddressInfo).port;
}
