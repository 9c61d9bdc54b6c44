import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { ApiKeyService } from "../gen/vecstore/v1/api_key_service_pb.js";
import { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { hasRule, namespaceOfRequest, needOf, needOfRequest } from "./rules.js";

describe("the rules", () => {
  it.each([VecStoreService, NamespaceService, ApiKeyService])("name every RPC of $typeName", (service) => {
    expect(service.methods.filter((method) => !hasRule(method)).map(({ name }) => name)).toEqual([]);
  });

  it("ask for an admin where no rule says less", () => {
    const unknown = { ...VecStoreService.method.get } as unknown as typeof VecStoreService.method.get;
    expect([hasRule(unknown), needOf(unknown)]).toEqual([false, "admin"]);
  });

  it("open health, and reflection to any key", () => {
    expect(Health.methods.map(needOf)).toEqual(["open", "open", "open"]);
    expect(ServerReflection.methods.map(needOf)).toEqual(["any"]);
  });

  it("ask for an admin where a snapshot becomes a new namespace", () => {
    const method = VecStoreService.method.restoreSnapshot;
    expect(needOfRequest(method, create(method.input, { name: "s" }))).toBe("owner");
    expect(needOfRequest(method, create(method.input, { name: "s", targetNamespace: "new" }))).toBe("admin");
  });

  it("find the namespace in requests of the namespace service only", () => {
    const { getNamespace, listNamespaces } = NamespaceService.method;
    const { createSnapshot } = VecStoreService.method;
    expect(namespaceOfRequest(getNamespace, create(getNamespace.input, { name: "docs" }))).toBe("docs");
    expect(namespaceOfRequest(listNamespaces, create(listNamespaces.input))).toBeUndefined();
    expect(namespaceOfRequest(createSnapshot, create(createSnapshot.input, { name: "docs" }))).toBeUndefined();
  });
});
