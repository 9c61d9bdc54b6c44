import { ApiKeys } from "./api-keys.js";
import {
  fromAggregateUsage,
  fromExportedUsage,
  fromNamespace,
  fromNamespaceUsage,
  toCreateNamespace,
  toUpdateNamespace,
} from "./convert/namespace.js";
import { toUtf8Safe } from "./convert/text.js";
import { Namespace } from "./gen/vecstore/v1/namespace_pb.js";
import { NamespaceService } from "./gen/vecstore/v1/namespace_service_pb.js";
import type { CallOptions } from "./model/call.js";
import type { Metadata } from "./model/metadata.js";
import type {
  AggregateUsage,
  CreateNamespaceOptions,
  ExportedUsage,
  ListNamespacesOptions,
  NamespaceInfo,
  NamespaceUsage,
  UpdateNamespaceOptions,
} from "./model/namespace.js";
import { NamespaceHandle } from "./namespace-handle.js";
import { empty } from "./wire/decode.js";

const methods = NamespaceService;

/** Namespaces of a page; the most that the server allows. */
const PAGE_SIZE_MAX = 1_000;

/** What the clients of Node and of browsers share: a handle on one namespace, handles on others, their making, and keys. */
export class ClientCore<M extends object = Metadata> extends ApiKeys<M> {
  /**
   * Returns a handle on another namespace over the same connection. It need not exist yet.
   *
   * @typeParam Other  the type of its metadata
   */
  namespace<Other extends object = Metadata>(name: string): NamespaceHandle<Other> {
    return new NamespaceHandle<Other>(this.session, toUtf8Safe(name, "name", "INVALID_NAME"));
  }

  /** Creates an empty namespace; a name in use is NAMESPACE_EXISTS. */
  async createNamespace(name: string, options: CreateNamespaceOptions = {}): Promise<NamespaceInfo> {
    const response = await this.session.call(methods.createNamespace, toCreateNamespace(name, options), options);
    return info(response.namespace);
  }

  /** Reads the configuration and state of a namespace. */
  async getNamespace(name: string, options: CallOptions = {}): Promise<NamespaceInfo> {
    return info((await this.session.call(methods.getNamespace, { name }, options)).namespace);
  }

  /** Lists namespaces by name. */
  async listNamespaces(options: ListNamespacesOptions = {}): Promise<NamespaceInfo[]> {
    const found: NamespaceInfo[] = [];
    let pageToken = "";
    do {
      const request = { prefix: options.prefix, pageSize: PAGE_SIZE_MAX, pageToken };
      const page = await this.session.call(methods.listNamespaces, request, options);
      found.push(...page.namespaces.map(fromNamespace));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return found;
  }

  /** Changes status, quotas, description, labels and `cacheAnswers`; what is not named stays. */
  async updateNamespace(name: string, options: UpdateNamespaceOptions): Promise<NamespaceInfo> {
    const response = await this.session.call(methods.updateNamespace, toUpdateNamespace(name, options), options);
    return info(response.namespace);
  }

  /** Deletes a namespace, its records and its snapshots. */
  async deleteNamespace(name: string, options: CallOptions = {}): Promise<void> {
    await this.session.call(methods.deleteNamespace, { name }, options);
  }

  /** Reads what a namespace uses, beside its quotas. */
  async getNamespaceUsage(name: string, options: CallOptions = {}): Promise<NamespaceUsage> {
    return fromNamespaceUsage(await this.session.call(methods.getNamespaceStats, { name }, options));
  }

  /** Reads what all namespaces use together, and which server it is. */
  async getAggregateUsage(options: CallOptions = {}): Promise<AggregateUsage> {
    return fromAggregateUsage(await this.session.call(methods.getAggregateStats, {}, options));
  }

  /**
   * Reads what each namespace uses, by name, a page at a time: totals since its creation, so the difference of two exports is the usage between them.
   *
   * @param options  hold for each page by itself
   */
  async *exportUsage(options: CallOptions = {}): AsyncGenerator<ExportedUsage, void> {
    let pageToken = "";
    do {
      const page = await this.session.call(methods.exportUsage, { pageSize: PAGE_SIZE_MAX, pageToken }, options);
      yield* page.usages.map(fromExportedUsage);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }

  /** Ends the calls that run, refuses new ones and closes the sockets. Idle sockets do not keep a process alive. */
  close(): void {
    this.session.close();
  }
}

/** An answer without its namespace would be a fault of the server; reading it as an empty one keeps the type simple. */
function info(namespace: Namespace | undefined): NamespaceInfo {
  return fromNamespace(namespace ?? empty(Namespace));
}
