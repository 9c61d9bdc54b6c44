import {
  type Filter,
  filterFromJson,
  type NamespaceHandle,
  type QueryHit,
  type QueryResults,
  VecStoreClient,
  VecStoreError,
} from "@vecstore/client";
import type { Call, CaseClient, ClientInit, Driver } from "./driver.js";
import { toCamel, toSnake } from "./names.js";

type Protocol = "connect" | "grpc" | "grpc-web";

/** The options of one call as the client has them; each operation knows which ones. */
type Options = Record<string, never>;

/** One operation: a handle on the namespace and the client, the arguments in the client's names, and the call. */
interface Operation {
  readonly client: VecStoreClient;
  readonly handle: NamespaceHandle;
  readonly args: Record<string, never>;
  readonly options: Options;
  readonly call: Call;
}

/** The JavaScript client over one protocol. */
export function jsDriver(protocol: Protocol): Driver {
  return {
    protocol,
    open: (init) => new JsClient(protocol, init),
    toError: (thrown) => {
      if (!(thrown instanceof VecStoreError)) return undefined;
      const { code, reason, message, details, retryable, retryAfterMs } = thrown;
      return { code, reason, message, details, retryable, retry_after_ms: retryAfterMs };
    },
  };
}

class JsClient implements CaseClient {
  readonly #client: VecStoreClient;

  constructor(protocol: Protocol, { url, key, options }: ClientInit) {
    this.#client = new VecStoreClient(url, { ...(toCamel(options) as object), protocol, apiKey: key });
  }

  async perform(call: Call): Promise<unknown> {
    const perform = OPERATIONS[call.operation];
    if (perform === undefined) throw new Error(`this executor has no ${call.operation}`);
    const args = toArguments(call.args) as Record<string, never>;
    const { namespace, timeoutMs, signal } = call;
    const handle = namespace === undefined ? this.#client : this.#client.namespace(namespace);
    const options = { ...args, timeoutMs, signal } as unknown as Options;
    return toSnake(await perform({ client: this.#client, handle, args, options, call }));
  }

  close(): void {
    this.#client.close();
  }
}

/** What a case names, in the client's names; a filter in one place, whatever its form. */
function toArguments(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { filterTree, filterJson, queries, ...rest } = toCamel(args) as Record<string, unknown>;
  return {
    ...rest,
    ...(filterTree !== undefined && { filter: filterTree as Filter }),
    ...(filterJson !== undefined && { filter: filterFromJson(filterJson as never) }),
    ...(queries !== undefined && { queries: (queries as Record<string, unknown>[]).map(toArguments) }),
  };
}

const OPERATIONS: Readonly<Record<string, (of: Operation) => unknown>> = {
  upsert: ({ handle, args, options }) => handle.upsert(args.records!, options),
  upsert_all: ({ handle, args, options }) => handle.upsertAll(args.records!, options),
  import: importRecords,
  update: ({ handle, args, options }) => handle.update(args.updates!, options),
  get: ({ handle, args, options }) => handle.get(args.ids!, options),
  list: async ({ handle, options, call }) => ({ records: await read(handle.list(options), call) }),
  list_page: ({ handle, options }) => handle.listPage(options),
  export: async ({ handle, options, call }) => {
    const reading = handle.export(options);
    return { records: await read(reading, call), resumeToken: reading.resumeToken };
  },
  count: async ({ handle, options }) => ({ count: await handle.count(options) }),
  query: async ({ handle, args, options }) => fromResults(await handle.query(args, options)),
  query_stream: async ({ handle, args, options, call }) => {
    const stream = handle.queryStream(args, options);
    const results: QueryHit[] = await read(stream, call);
    return { results, stats: stream.stats };
  },
  batch_query: async ({ handle, args, options }) => {
    return { responses: (await handle.batchQuery(args.queries!, options)).map(fromResults) };
  },
  delete: ({ handle, args, options }) => handle.delete(args, options),
  soft_delete: ({ handle, args, options }) => handle.softDelete(args, options),
  restore: ({ handle, args, options }) => handle.restore(args, options),
  compact: ({ handle, options }) => handle.compact(options),
  stats: ({ handle, options }) => handle.stats(options),
  measure_recall: ({ handle, options }) => handle.measureRecall(options),
  create_snapshot: ({ handle, args, options }) => handle.createSnapshot(args.name!, options),
  list_snapshots: async ({ handle, options }) => ({ snapshots: await handle.listSnapshots(options) }),
  restore_snapshot: ({ handle, args, options }) => handle.restoreSnapshot(args.name!, options),
  delete_snapshot: ({ handle, args, options }) => handle.deleteSnapshot(args.name!, options),
  download_snapshot: downloadSnapshot,
  create_namespace: ({ client, args, options }) => client.createNamespace(args.name!, options),
  get_namespace: ({ client, args, options }) => client.getNamespace(args.name!, options),
  list_namespaces: async ({ client, options }) => ({ namespaces: await client.listNamespaces(options) }),
  update_namespace: ({ client, args, options }) => client.updateNamespace(args.name!, options),
  delete_namespace: ({ client, args, options }) => client.deleteNamespace(args.name!, options),
  get_namespace_usage: ({ client, args, options }) => client.getNamespaceUsage(args.name!, options),
  get_aggregate_stats: ({ client, options }) => client.getAggregateUsage(options),
  export_usage: async ({ client, options, call }) => ({ usages: await read(client.exportUsage(options), call) }),
  create_api_key: ({ client, args, options }) => client.createApiKey(args.role!, options),
  list_api_keys: async ({ client, options }) => ({ apiKeys: await client.listApiKeys(options) }),
  revoke_api_key: ({ client, args, options }) => client.revokeApiKey(args.id!, options),
  rotate_api_key: ({ client, args, options }) => client.rotateApiKey(args.id!, options),
  close: ({ client }) => client.close(),
};

/** The names of operations that this executor has. */
export const JS_OPERATIONS: readonly string[] = Object.keys(OPERATIONS);

async function importRecords({ handle, args, options }: Operation): Promise<object> {
  const failures: object[] = [];
  const onFailure = (failure: object) => void failures.push(failure);
  return { ...(await handle.import(args.records!, { ...options, onFailure })), failures };
}

async function downloadSnapshot({ handle, args, options, call }: Operation): Promise<object> {
  const chunks = await read(handle.downloadSnapshot(args.name!, options), call);
  const { snapshot, totalBytes, crc32 } = chunks.at(-1)!;
  const bytes = chunks.reduce((sum, { data }) => sum + data.length, 0);
  return { snapshot, totalBytes, crc32, bytes, chunks: chunks.length };
}

/** Reads a stream, to its end or as far as the step says. */
async function read<T>(stream: AsyncIterable<T>, { take, onItem }: Call): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) {
    items.push(item);
    onItem();
    if (items.length >= take) break;
  }
  return items;
}

function fromResults(results: QueryResults): object {
  return { results: [...results], stats: results.stats, explain: results.explain };
}
