import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../gen/grpc/health/v1/health_pb.js";
import { ServerReflection as ReflectionV1 } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ReflectionV1Alpha } from "../gen/grpc/reflection/v1alpha/reflection_pb.js";
import { startTestServer, stopTestServers, type TestServer } from "../testing/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(stopTestServers);

const transport = () => createGrpcTransport({ baseUrl: server.url });

type Asked = {
  case: "listServices" | "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType";
  value: string;
};

describe.each([
  ["v1", ReflectionV1],
  ["v1alpha", ReflectionV1Alpha],
] as const)("reflection %s", (_version, service) => {
  async function ask(messageRequest: Asked) {
    async function* requests() {
      yield { messageRequest };
    }
    for await (const response of createClient(service as typeof ReflectionV1, transport()).serverReflectionInfo(
      requests(),
    )) {
      return response.messageResponse;
    }
    throw new Error("no answer");
  }

  it("lists the services", async () => {
    const answer = await ask({ case: "listServices", value: "" });
    const names = answer.case === "listServicesResponse" ? answer.value.service.map((each) => each.name) : [];
    expect(names).toContain("vecstore.v1.VecStoreService");
    expect(names).toContain("grpc.health.v1.Health");
  });

  it.each([
    ["fileContainingSymbol", "vecstore.v1.VecStoreService"],
    ["fileContainingSymbol", "vecstore.v1.VecStoreService.Query"],
    ["fileContainingSymbol", "vecstore.v1.Filter"],
    ["fileContainingSymbol", "vecstore.v1.Metric"],
    ["fileContainingSymbol", "google.rpc.ErrorInfo"],
    ["fileByFilename", "vecstore/v1/query.proto"],
  ] as const)("gives the files of %s %s with all they need", async (kind, value) => {
    const answer = await ask({ case: kind, value });
    if (answer.case !== "fileDescriptorResponse") throw new Error(answer.case);
    const files = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    const byName = new Map(files.map((file) => [file.name, file]));
    for (const { name, dependency } of files) {
      for (const needed of dependency) expect(byName.has(needed), `${needed} of ${name}`).toBe(true);
    }
    expect(byName.size).toBe(files.length);
  });

  it("says what it does not know", async () => {
    expect((await ask({ case: "fileContainingSymbol", value: "nope.Nope" })).case).toBe("errorResponse");
    expect((await ask({ case: "allExtensionNumbersOfType", value: "x" })).case).toBe("allExtensionNumbersResponse");
  });
});

describe("health", () => {
  const client = () => createClient(Health, transport());

  it("answers for the server and for each service", async () => {
    for (const service of ["", "vecstore.v1.VecStoreService", "grpc.health.v1.Health"]) {
      expect((await client().check({ service })).status, service).toBe(Status.SERVING);
    }
    expect(Object.keys((await client().list({})).statuses)).toContain("vecstore.v1.NamespaceService");
  });

  it("does not know other services", async () => {
    const error = await client()
      .check({ service: "nope" })
      .catch((thrown) => thrown);
    expect(ConnectError.from(error).code).toBe(Code.NotFound);
    for await (const { status } of client().watch({ service: "nope" })) {
      expect(status).toBe(Status.SERVICE_UNKNOWN);
      break;
    }
  });
});
