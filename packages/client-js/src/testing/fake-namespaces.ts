import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import { refusal } from "./fake-store.js";
import { type Namespace, NamespaceSchema, NamespaceStatus } from "./gen/vecstore/v1/namespace_pb.js";
import type { NamespaceService } from "./gen/vecstore/v1/namespace_service_pb.js";

/** The namespaces of a fake server: what is created is what is read. */
export class FakeNamespaces {
  readonly #namespaces = new Map<string, Namespace>();

  readonly service: ServiceImpl<typeof NamespaceService> = {
    createNamespace: ({ $typeName, ...request }) => {
      if (this.#namespaces.has(request.name)) throw refusal("NAMESPACE_EXISTS", Code.AlreadyExists, "it exists");
      const init: MessageInitShape<typeof NamespaceSchema> = {
        ...request,
        cacheAnswers: request.cacheAnswers ?? true,
        status: NamespaceStatus.ACTIVE,
        createdAt: { seconds: 1_700_000_000n, nanos: 0 },
        updatedAt: { seconds: 1_700_000_001n, nanos: 0 },
      };
      this.#namespaces.set(request.name, create(NamespaceSchema, init));
      return { namespace: this.#get(request.name) };
    },
    getNamespace: ({ name }) => ({ namespace: this.#get(name) }),
    listNamespaces: ({ prefix, pageToken }) => {
      // Pages of one, so that clients must follow the token.
      const names = [...this.#namespaces.keys()].filter((name) => name.startsWith(prefix)).sort();
      const name = names.find((each) => each > pageToken);
      return name === undefined ? {} : { namespaces: [this.#get(name)], nextPageToken: name };
    },
    updateNamespace: ({ name, status, description, cacheAnswers }) => {
      const namespace = this.#get(name);
      namespace.status = status || namespace.status;
      namespace.description = description ?? namespace.description;
      namespace.cacheAnswers = cacheAnswers ?? namespace.cacheAnswers;
      return { namespace };
    },
    deleteNamespace: ({ name }) => {
      this.#get(name);
      this.#namespaces.delete(name);
      return {};
    },
    getNamespaceStats: ({ name }) => {
      const { status, quotas } = this.#get(name);
      return { name, status, quotas, usage: { vectorCount: 7n, currentQps: 0.5, activeConnections: 1 } };
    },
    getAggregateStats: () => ({}),
    exportUsage: ({ pageToken }) => {
      // As listNamespaces.
      const name = [...this.#namespaces.keys()].sort().find((each) => each > pageToken);
      if (name === undefined) return {};
      const counted = {
        countedSince: { seconds: 1_700_000_000n, nanos: 0 },
        countedUntil: { seconds: 1_700_000_002n, nanos: 5e6 },
      };
      const usage = { vectorCount: 7n, requestsTotal: 9n, vectorSecondsTotal: 14n, vectorMillisecondsRest: 35 };
      return { usages: [{ name, usage, ...counted }], nextPageToken: name };
    },
  };

  #get(name: string): Namespace {
    const namespace = this.#namespaces.get(name);
    if (!namespace) throw refusal("NAMESPACE_NOT_FOUND", Code.NotFound, `there is no namespace ${name}`);
    return namespace;
  }
}
