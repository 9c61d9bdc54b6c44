import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { UpsertRequestSchema } from "../gen/vecstore/v1/write_pb.js";
import { startTestServer, stopTestServers, type TestServer, transportsOf } from "../testing/server.js";

const BYTES_MAX = 64 * 1024;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ maxMessageBytes: BYTES_MAX });
});
afterAll(stopTestServers);

/** A message of exactly so many bytes: a record without an id, which the handler refuses once it has it. */
function requestOf(bytes: number) {
  const text = "x".repeat(bytes);
  const size = (length: number) =>
    toBinary(UpsertRequestSchema, create(UpsertRequestSchema, { records: [{ text: text.slice(0, length) }] })).length;
  const length = bytes - (size(bytes) - bytes);
  expect(size(length)).toBe(bytes);
  return { records: [{ text: text.slice(0, length) }] };
}

async function failure(call: Promise<unknown>) {
  const thrown = await call.then(
    () => new Error("it succeeded"),
    (error) => error,
  );
  const error = ConnectError.from(thrown);
  return [Code[error.code], error.findDetails(ErrorInfoSchema)[0]?.reason];
}

describe("a message over the limit", () => {
  it.each(["connect", "connect over HTTP/2", "grpc"] as const)("has its reason over %s", async (name) => {
    const client = createClient(VecStoreService, transportsOf(server.url)[name]);
    expect(await failure(client.upsert(requestOf(BYTES_MAX)))).toEqual(["InvalidArgument", "INVALID_ID"]);
    expect(await failure(client.upsert(requestOf(BYTES_MAX + 1)))).toEqual(["ResourceExhausted", "MESSAGE_TOO_LARGE"]);
  });

  it("has its code over gRPC-Web", async () => {
    const client = createClient(VecStoreService, transportsOf(server.url)["grpc-web"]);
    expect((await failure(client.upsert(requestOf(BYTES_MAX + 1))))[0]).toBe("ResourceExhausted");
  });
});

describe("a body that does not parse", () => {
  const send = async (contentType: string, body: string) => {
    const url = `${server.url}/vecstore.v1.VecStoreService/Query`;
    const response = await fetch(url, { method: "POST", body, headers: { "content-type": contentType } });
    return { status: response.status, text: await response.text() };
  };

  it("has a reason over Connect", async () => {
    const { status, text } = await send("application/json", '{"vectr": [1]}');
    expect([status, JSON.parse(text).code, JSON.parse(text).details[0].type]).toEqual([
      400,
      "invalid_argument",
      "google.rpc.ErrorInfo",
    ]);
  });

  it("has a reason when its metadata hold NaN, which JSON has not", async () => {
    const value = new BinaryWriter().tag(2, WireType.Bit64).double(Number.NaN).finish();
    const entry = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string("k")
      .tag(2, WireType.LengthDelimited)
      .bytes(value);
    const metadata = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(entry.finish()).finish();
    const record = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string("a")
      .tag(3, WireType.LengthDelimited)
      .bytes(new Uint8Array(new Float32Array([1]).buffer))
      .tag(6, WireType.LengthDelimited)
      .bytes(metadata);
    const body = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(record.finish()).finish();
    const url = `${server.url}/vecstore.v1.VecStoreService/Upsert`;
    const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/proto" } });
    const error = await response.json();
    expect([response.status, error.code]).toEqual([400, "invalid_argument"]);
    expect(error.message).toContain("NaN");
  });

  it("is refused when its type is none of the protocols'", async () => {
    expect((await send("text/plain", "hello")).status).toBe(415);
  });
});
