// Who takes part in the benchmark `lane`, and by which protocol.
import { grpcClient, http1Client } from "./lane-clients.mjs";

export const TITLES = {
  lane: "vecstore, fast lane",
  connect: "vecstore, `fast_lane: false`",
  bare: "bare handler",
  asking: "bare handler that asks the engine",
  "grpc-js": "@grpc/grpc-js",
};

export const WAYS = {
  http1: { title: "Connect, protobuf, HTTP/1.1", open: http1Client },
  http2: { title: "gRPC", open: grpcClient },
};

/** Who speaks what, in the order of the tables. */
export const PAIRS = [
  ["http1", "lane"],
  ["http1", "connect"],
  ["http1", "asking"],
  ["http1", "bare"],
  ["http2", "lane"],
  ["http2", "connect"],
  ["http2", "asking"],
  ["http2", "bare"],
  ["http2", "grpc-js"],
];
