import { toFilterFields } from "./convert/filter.js";
import { toUint32, toUint64 } from "./convert/number.js";
import { fromQueryResponse, toQuery } from "./convert/query.js";
import { fromRecord, toRecordUpdate } from "./convert/record.js";
import { fromDownload, fromRestoreSnapshot, fromSnapshot } from "./convert/snapshot.js";
import { fromRecall, fromStoreStats } from "./convert/stats.js";
import { toId, toUtf8Safe } from "./convert/text.js";
import { fromUpdate, fromUpsert, toTarget, toUpsert } from "./convert/write.js";
import { ExportStream } from "./export-stream.js";
import { Snapshot } from "./gen/vecstore/v1/snapshot_pb.js";
import { VecStoreService } from "./gen/vecstore/v1/vecstore_service_pb.js";
import { randomKey } from "./idempotency.js";
import { importRecords } from "./import-records.js";
import type { CallOptions } from "./model/call.js";
import type { Metadata } from "./model/metadata.js";
import type { BatchQueryItem, QueryOptions, QueryResults, QuerySource } from "./model/query.js";
import type { CountOptions, GetOptions, GetResult, ListOptions, ListPage, ListPageOptions } from "./model/read.js";
import type { Projection, RecordInput, RecordSource, StoredRecord, VectorInput } from "./model/record.js";
import type {
  DownloadSnapshotOptions,
  RestoreSnapshotOptions,
  RestoreSnapshotResult,
  SnapshotChunk,
  SnapshotInfo,
} from "./model/snapshot.js";
import type { MeasureRecallOptions, RecallMeasurement, StoreStats } from "./model/stats.js";
import type { ExportOptions, ImportOptions, ImportProgress } from "./model/transfer.js";
import type {
  AffectedResult,
  CompactOptions,
  CompactResult,
  RecordUpdate,
  Target,
  UpdateResult,
  UpsertAllOptions,
  UpsertAllProgress,
  UpsertOptions,
  UpsertResult,
} from "./model/write.js";
import { QueryStream } from "./query-stream.js";
import { Reconnection } from "./reconnection.js";
import type { Session } from "./session.js";
import { upsertAll } from "./upsert-all.js";
import { empty } from "./wire/decode.js";

const methods = VecStoreService;

/** Snapshots of a page; the most that the server allows. */
const PAGE_SIZE_MAX = 1_000;

/**
 * The records of one namespace: write, read, search, keep. Every method throws VecStoreError. `M` is the type of the metadata, which the
 * caller vouches for: nobody checks what is read.
 *
 * Reads are repeated when they fail for a passing cause. A write is repeated when it never began, or when it has an
 * idempotency key; of the writes only `upsert` has one.
 */
export class NamespaceHandle<M extends object = Metadata> {
  /** Empty: the one that the API key is bound to, else `default`. */
  readonly namespaceName: string;
  protected readonly session: Session;

  /** @internal */
  constructor(session: Session, namespace: string) {
    this.session = session;
    this.namespaceName = namespace;
  }

  /**
   * Writes records in one atomic batch: all or none.
   *
   * @param records  1..1,000 (a server may allow up to 10,000) of different ids; vectors are copied
   */
  async upsert(records: readonly RecordInput<M>[], options: UpsertOptions = {}): Promise<UpsertResult> {
    const retries = this.session.settings.retry.attempts > 1;
    const { mode, idempotencyKey = retries ? randomKey() : undefined } = options;
    const request = toUpsert(records, { namespace: this.namespaceName, mode, idempotencyKey });
    const rules = { repeatable: idempotencyKey !== undefined };
    return fromUpsert(await this.session.call(methods.upsert, request, options, rules));
  }

  /**
   * Writes any number of records in batches, several at a time, waiting whenever the server asks for it.
   *
   * Batches start in the order of the input and the last record of an id wins, but only a batch is atomic. A failure
   * says in `details.committed` how many records from the start are all written.
   *
   * @param records  an array, a generator, a stream of records
   * @returns        the last progress
   */
  async upsertAll(records: RecordSource<M>, options: UpsertAllOptions = {}): Promise<UpsertAllProgress> {
    const send = async (message: Uint8Array<ArrayBuffer>, each: CallOptions) => {
      const body = this.session.bodyOf(methods.upsert, message);
      return fromUpsert(await this.session.send(methods.upsert, body, each, { repeatable: true, attempts: 1 }));
    };
    return upsertAll(records, options, { namespace: this.namespaceName, send, policy: this.session.settings.retry });
  }

  /**
   * Writes any number of records as one stream. A bad record is named and left out, and the others are written; where `upsertAll`
   * ends. When the connection breaks off it goes on where it was, and nothing counts twice. It needs HTTP/2, so it is not there in
   * browsers, nor with a `fetch` of your own.
   *
   * @param records  an array, a generator, a stream of records
   * @returns        the last progress
   */
  async import(records: RecordSource<M>, options: ImportOptions = {}): Promise<ImportProgress> {
    return importRecords(records, options, {
      namespace: this.namespaceName,
      send: (messages, each) => this.session.duplex(methods.import, messages, each),
      policy: this.session.settings.retry,
    });
  }

  /** Changes metadata, text or expiry of records that exist, all or none; vectors are kept. */
  async update(updates: readonly RecordUpdate<M>[], options: CallOptions = {}): Promise<UpdateResult> {
    const messages = updates.map((update, position) => toRecordUpdate(update, `updates[${position}]`));
    return fromUpdate(
      await this.session.call(methods.update, { namespace: this.namespaceName, updates: messages }, options),
    );
  }

  /** Reads records by id, 1..1,000 of them. */
  async get(ids: readonly string[], options: GetOptions = {}): Promise<GetResult<M>> {
    const request = {
      namespace: this.namespaceName,
      ids: ids.map((id, position) => toId(id, `ids[${position}]`)),
      ...toProjection(options),
    };
    const { records, missing } = await this.session.call(methods.get, request, options);
    return { records: records.map((record) => fromRecord<M>(record)), missing };
  }

  /** Reads every record that matches, by ascending id, fetching pages as the loop goes on. */
  async *list(options: ListOptions = {}): AsyncGenerator<StoredRecord<M>, void, undefined> {
    let pageToken: string | undefined;
    do {
      const page: ListPage<M> = await this.listPage({ ...options, pageToken });
      yield* page.records;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  /** Reads one page of records by ascending id. */
  async listPage(options: ListPageOptions = {}): Promise<ListPage<M>> {
    const { prefix, filter, pageSize, pageToken } = options;
    const request = {
      namespace: this.namespaceName,
      prefix: prefix === undefined ? undefined : toId(prefix, "prefix"),
      ...toFilterFields(filter),
      pageSize: toUint32(pageSize, "pageSize"),
      pageToken,
      ...toProjection(options),
    };
    const { records, nextPageToken } = await this.session.call(methods.list, request, options);
    return { records: records.map((record) => fromRecord<M>(record)), ...(nextPageToken !== "" && { nextPageToken }) };
  }

  /**
   * Reads every record that matches, whole, by ascending id, as they are when the loop begins. There is no deadline unless
   * `timeoutMs` is given. With `patienceMs` it goes on when the connection breaks off; what was written meanwhile is then in the rest.
   */
  export(options: ExportOptions = {}): ExportStream<M> {
    const { prefix, filter, resumeToken, patienceMs = 0 } = options;
    const request = {
      namespace: this.namespaceName,
      prefix: prefix === undefined ? undefined : toId(prefix, "prefix"),
      ...toFilterFields(filter),
      ...toProjection(options),
    };
    const rules = { repeatable: true, long: true };
    return new ExportStream<M>({
      open: (token, timeoutMs) =>
        this.session.stream(
          methods.export,
          { ...request, resumeToken: token },
          { signal: options.signal, timeoutMs },
          rules,
        ),
      createReconnection: () => new Reconnection({ ...options, patienceMs }, { policy: this.session.settings.retry }),
      resumeToken,
    });
  }

  /** Counts records exactly. */
  async count(options: CountOptions = {}): Promise<number> {
    const request = { namespace: this.namespaceName, ...toFilterFields(options.filter) };
    return (await this.session.call(methods.count, request, options)).count;
  }

  /**
   * Finds the closest records.
   *
   * @param source  a vector, or `{vector, id, sparse, text}`, of which several are fused
   * @returns       hits by descending score, ties by id: an array with `stats`
   */
  async query(source: VectorInput | QuerySource, options: QueryOptions = {}): Promise<QueryResults<M>> {
    const request = toQuery(source, options, this.namespaceName);
    return fromQueryResponse<M>(await this.session.call(methods.query, request, options));
  }

  /**
   * Finds the closest records and hands them out as they come, up to 10,000. The query starts with the loop over them;
   * leaving the loop cancels it. There is no deadline unless `timeoutMs` is given.
   */
  queryStream(source: VectorInput | QuerySource, options: QueryOptions = {}): QueryStream<M> {
    const query = toQuery(source, options, "");
    const request = { namespace: this.namespaceName, query };
    const rules = { repeatable: true, long: true };
    return new QueryStream<M>(() => this.session.stream(methods.queryStream, request, options, rules));
  }

  /** Runs 1..1,000 queries in one call; the answers come in the order given. One bad query refuses the batch. */
  async batchQuery(queries: readonly BatchQueryItem[], options: CallOptions = {}): Promise<QueryResults<M>[]> {
    const request = { namespace: this.namespaceName, queries: queries.map((query) => toQuery(query, query, "")) };
    const { responses } = await this.session.call(methods.batchQuery, request, options);
    return responses.map((response) => fromQueryResponse<M>(response));
  }

  /**
   * Removes records for good. What is not there is not an error. By filter it is not atomic across many records.
   *
   * @param target  ids, or exactly one of `{ids}`, `{filter}` and `{all: true}`
   */
  async delete(target: Target | readonly string[], options: CallOptions = {}): Promise<AffectedResult> {
    const response = await this.session.call(methods.delete, toTarget(target, this.namespaceName), options);
    return { affected: response.deleted, sequence: response.sequence };
  }

  /** Hides records until `restore` or `delete`. The target is that of `delete`. */
  async softDelete(target: Target | readonly string[], options: CallOptions = {}): Promise<AffectedResult> {
    const response = await this.session.call(methods.softDelete, toTarget(target, this.namespaceName), options);
    return { affected: response.softDeleted, sequence: response.sequence };
  }

  /** Brings hidden records back. The target is that of `delete`, among the hidden records. */
  async restore(target: Target | readonly string[], options: CallOptions = {}): Promise<AffectedResult> {
    const response = await this.session.call(methods.restore, toTarget(target, this.namespaceName), options);
    return { affected: response.restored, sequence: response.sequence };
  }

  /** Reclaims the slots of deleted and replaced records now. There is no deadline unless `timeoutMs` is given. */
  async compact(options: CompactOptions = {}): Promise<CompactResult> {
    const request = { namespace: this.namespaceName, dryRun: options.dryRun };
    const response = await this.session.call(methods.compact, request, options, { long: true });
    const { removed, freedBytes, segmentsBefore, segmentsAfter } = response;
    return { removed, freedBytes, segmentsBefore, segmentsAfter };
  }

  /** Counts, bytes, segments and the state of the index. */
  async stats(options: CallOptions = {}): Promise<StoreStats> {
    return fromStoreStats(await this.session.call(methods.getStats, { namespace: this.namespaceName }, options));
  }

  /**
   * Measures how good and how fast the index is: the server runs stored records as queries, with the index and exactly. There is
   * no deadline unless `timeoutMs` is given.
   */
  async measureRecall(options: MeasureRecallOptions = {}): Promise<RecallMeasurement> {
    const request = {
      namespace: this.namespaceName,
      sampleSize: toUint32(options.samples, "samples"),
      limit: toUint32(options.limit, "limit"),
      efSearch: toUint32(options.efSearch, "efSearch"),
      ...toFilterFields(options.filter),
    };
    return fromRecall(await this.session.call(methods.measureRecall, request, options, { long: true }));
  }

  /** Makes a named copy of the namespace. There is no deadline unless `timeoutMs` is given. */
  async createSnapshot(name: string, options: CallOptions = {}): Promise<SnapshotInfo> {
    const request = { namespace: this.namespaceName, name: toUtf8Safe(name, "name", "INVALID_NAME") };
    const { snapshot } = await this.session.call(methods.createSnapshot, request, options, { long: true });
    return fromSnapshot(snapshot ?? empty(Snapshot));
  }

  /** Lists the snapshots of the namespace by name. */
  async listSnapshots(options: CallOptions = {}): Promise<SnapshotInfo[]> {
    const found: SnapshotInfo[] = [];
    let pageToken = "";
    do {
      const request = { namespace: this.namespaceName, pageSize: PAGE_SIZE_MAX, pageToken };
      const page = await this.session.call(methods.listSnapshots, request, options);
      found.push(...page.snapshots.map(fromSnapshot));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return found;
  }

  /** Brings a snapshot back, in place or as a new namespace. There is no deadline unless `timeoutMs` is given. */
  async restoreSnapshot(name: string, options: RestoreSnapshotOptions = {}): Promise<RestoreSnapshotResult> {
    const { targetNamespace } = options;
    const request = { namespace: this.namespaceName, name: toUtf8Safe(name, "name", "INVALID_NAME"), targetNamespace };
    return fromRestoreSnapshot(await this.session.call(methods.restoreSnapshot, request, options, { long: true }));
  }

  /**
   * Fetches a snapshot as a tar file, in chunks as the loop goes on; leaving the loop cancels it. There is no deadline unless
   * `timeoutMs` is given.
   */
  downloadSnapshot(
    name: string,
    options: DownloadSnapshotOptions = {},
  ): AsyncGenerator<SnapshotChunk, void, undefined> {
    const request = {
      namespace: this.namespaceName,
      name: toUtf8Safe(name, "name", "INVALID_NAME"),
      offset: toUint64(options.offset, "offset"),
    };
    return fromDownload(
      this.session.stream(methods.downloadSnapshot, request, options, { repeatable: true, long: true }),
    );
  }

  /** Deletes a snapshot; the records of the namespace are untouched. */
  async deleteSnapshot(name: string, options: CallOptions = {}): Promise<void> {
    const request = { namespace: this.namespaceName, name: toUtf8Safe(name, "name", "INVALID_NAME") };
    await this.session.call(methods.deleteSnapshot, request, options);
  }
}

function toProjection(options: Projection): Projection {
  const { includeMetadata, includeVector, includeText } = options;
  return { includeMetadata, includeVector, includeText };
}
