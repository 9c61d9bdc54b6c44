import type { DescMessage, DescMethod, DescService, Message } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { ServerReflection as ReflectionV1 } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ReflectionV1Alpha } from "../gen/grpc/reflection/v1alpha/reflection_pb.js";
import { ApiKeyService } from "../gen/vecstore/v1/api_key_service_pb.js";
import { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { Lifecycle } from "../lifecycle.js";
import { assertImplemented, isUnimplementedMethod, notImplemented } from "../unimplemented.js";
import { createApiKeyService } from "./api-key-service.js";
import type { RpcDeps } from "./deps.js";
import { createHealthService } from "./health-service.js";
import { createNamespaceService } from "./namespace-service.js";
import { createReflection } from "./reflection-service.js";
import { createVecStoreService } from "./vecstore-service.js";

/** A handler without its types: doors treat all alike. */
export type AnyHandler = (request: unknown, context: HandlerContext) => unknown;

/** One RPC and what answers it. */
export interface MethodEntry {
  readonly method: DescMethod;
  readonly handler: AnyHandler;
}

/** What all services need. */
export interface ServicesOptions extends RpcDeps {
  readonly lifecycle: Lifecycle;
  /** Whether the server answers queries, and why not. */
  readonly probe: () => Promise<string | undefined>;
}

/** The services of the schema, in the order of the documentation. */
export const OUR_SERVICES = [VecStoreService, NamespaceService, ApiKeyService] as const;

/** Every RPC that the server answers. */
export function createServices(options: ServicesOptions): readonly MethodEntry[] {
  const all: DescService[] = [...OUR_SERVICES, Health, ReflectionV1, ReflectionV1Alpha];
  const health = createHealthService({ ...options, names: all.map((service) => service.typeName) });
  const reflect = createReflection(all);
  return [
    ...entriesOf(VecStoreService, createVecStoreService(options)),
    ...entriesOf(NamespaceService, createNamespaceService(options)),
    ...entriesOf(ApiKeyService, createApiKeyService(options)),
    ...entriesOf(Health, health),
    ...entriesOf(ReflectionV1, { serverReflectionInfo: reflect }),
    ...entriesOf(ReflectionV1Alpha, { serverReflectionInfo: reflect }),
  ];
}

function entriesOf(service: DescService, handlers: object): MethodEntry[] {
  return service.methods.map((method) => {
    const handler = (handlers as Record<string, AnyHandler | undefined>)[method.localName];
    if (handler !== undefined) return { method, handler: guard(method, handler) };
    const fullName = `${service.typeName}.${method.name}`;
    if (!isUnimplementedMethod(fullName))
      throw new Error(`${fullName} has neither a handler nor a line in UNIMPLEMENTED`);
    return { method, handler: refuse(method, fullName) };
  });
}

/** Nothing reaches a handler that it would ignore. */
function guard(method: DescMethod, handler: AnyHandler): AnyHandler {
  if (!method.parent.typeName.startsWith("vecstore.")) return handler;
  const input: DescMessage = method.input;
  const takesStream = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  if (takesStream) return (requests, context) => handler(eachImplemented(requests as Requests, input), context);
  if (method.methodKind === "unary") {
    return (request, context) => {
      assertImplemented(request as Message, input);
      return handler(request, context);
    };
  }
  return async function* (request, context) {
    assertImplemented(request as Message, input);
    yield* handler(request, context) as AsyncIterable<unknown>;
  };
}

type Requests = AsyncIterable<Message>;

async function* eachImplemented(requests: Requests, input: DescMessage): AsyncGenerator<Message> {
  for await (const request of requests) {
    assertImplemented(request, input);
    yield request;
  }
}

function refuse(method: DescMethod, fullName: string): AnyHandler {
  if (method.methodKind === "unary" || method.methodKind === "client_streaming") {
    return () => {
      throw notImplemented(fullName);
    };
  }
  // biome-ignore lint/correctness/useYield: Connect wants an iterable from a streaming handler, also from one that refuses.
  return async function* () {
    throw notImplemented(fullName);
  };
}
