import { catalogEntry, type NamespaceRef, namespaceInfo } from "./directory/access.js";
import { compact } from "./directory/compact.js";
import { copyInput } from "./directory/copy-input.js";
import type { DataDirectory } from "./directory/data-directory.js";
import { DEFAULT_NAMESPACE } from "./directory/names.js";
import { assertAgrees, openDirectory } from "./directory/open-directory.js";
import { restoreSnapshot } from "./directory/restore-snapshot.js";
import { settled } from "./directory/settled.js";
import { downloadSnapshot } from "./directory/snapshot-archive.js";
import { createSnapshot, deleteSnapshot, listSnapshots } from "./directory/snapshots.js";
import { LIMITS } from "./limits.js";
import type { QueryEstimate } from "./model/explain.js";
import type { Filter } from "./model/filter.js";
import type { NamespaceInfo } from "./model/namespace.js";
import type { OpenOptions } from "./model/options.js";
import type { QueryAnswer, QueryChunk, QueryRequest } from "./model/query.js";
import type {
  DownloadOptions,
  ExportChunk,
  ExportRequest,
  GetResult,
  ListPage,
  ListRequest,
  SnapshotChunk,
  SnapshotInfo,
  StoreStats,
} from "./model/read.js";
import type { MeasureRecallRequest, RecallMeasurement } from "./model/recall.js";
import type { Projection, RecordInput } from "./model/record.js";
import type {
  AffectedResult,
  CompactResult,
  RecordUpdate,
  Target,
  UpdateResult,
  UpsertEachOptions,
  UpsertEachResult,
  UpsertEachRow,
  UpsertOptions,
  UpsertResult,
} from "./model/write.js";
import { assertBounds } from "./query/assert-bounds.js";
import { validateExport } from "./query/export.js";
import { listPage } from "./query/list.js";
import type { Bounds } from "./query/pace.js";
import { validateName } from "./state/records.js";
import { NamespaceAccess } from "./vecstore-access.js";
import { checkQuery } from "./vecstore-queries.js";
import { namespaceStats } from "./vecstore-stats.js";

/**
 * One namespace of a data directory: records by id, searched by vector, text or sparse vector. Made by `VecStore.open` or
 * `NamespacedVecStore.namespace`.
 *
 * A write is answered when it is as durable as the fsync policy says and visible to every later read. All methods may be
 * called concurrently. Every error is a `VecstoreError`. Beside those that a method names, all fail with STORE_CLOSED after `close`, with
 * STORE_STOPPED when only a new opening can tell what is stored, with INTERNAL when the system refuses a file; and what reads vectors from
 * the disk with DATA_CORRUPTED when one is damaged. Where records, ids or queries are 1..1,000, `maxBatchRecords` is the bound. While the namespace is
 * suspended they fail with NAMESPACE_SUSPENDED, and writes to a read-only one with NAMESPACE_READ_ONLY; once it is deleted, with NAMESPACE_NOT_FOUND.
 */
export class VecStore {
  readonly #directory: DataDirectory;
  readonly #ref: NamespaceRef;
  readonly #access: NamespaceAccess;

  /**
   * Opens a data directory, or creates it, for its one namespace `default`.
   *
   * @param path     in Node a directory of the file system, made when absent, which this process alone may have open
   * @param options  `dimension`, `metric`, `m`, `efConstruction`, `efSearch`, `quantization` and `textAnalyzer` are for a new store; for one
   *                 that exists they must agree with it
   * @throws VecstoreError INVALID_CONFIGURATION, DATA_DIR_IN_USE, FORMAT_TOO_NEW, DATA_CORRUPTED, DISK_FULL, INTERNAL
   * Cost: reads the checkpoint and at most 128 MiB of log.
   */
  static async open(path: string, options: OpenOptions = {}): Promise<VecStore> {
    const directory = await openDirectory(path, options, options);
    try {
      assertAgrees(directory, options);
      const entry = directory.entryByName(DEFAULT_NAMESPACE);
      // For good: there is no other that could need its memory.
      await directory.residents.lease(entry);
      return new VecStore(directory, entry);
    } catch (error) {
      await directory.close();
      throw error;
    }
  }

  /** @internal use `VecStore.open` or `NamespacedVecStore.namespace` */
  constructor(directory: DataDirectory, { number, name }: NamespaceRef) {
    this.#directory = directory;
    this.#ref = { number, name };
    this.#access = new NamespaceAccess(directory, this.#ref);
  }

  /** The namespace as the catalog knows it, with its dimension once the first vector has fixed it. */
  get info(): NamespaceInfo {
    return namespaceInfo(this.#directory, this.#ref);
  }

  /** As `info`, without the dimension that the first vector fixed: a look-up in memory, for what is asked with each request. */
  get present(): Pick<NamespaceInfo, "name" | "number" | "quotas" | "status"> {
    return catalogEntry(this.#directory, this.#ref);
  }

  /**
   * Writes 1..1,000 records as one atomic batch: all or none. They are copied before the call returns its promise.
   *
   * @param records  distinct ids; vectors f32[dimension] (the first one fixes the dimension), sparse vectors, texts: each at least one
   * @throws VecstoreError EMPTY_BATCH, BATCH_TOO_LARGE, DUPLICATE_ID, INVALID_ID, EMPTY_RECORD, INVALID_VECTOR, ZERO_VECTOR, DIMENSION_MISMATCH,
   *         DIMENSION_OUT_OF_RANGE, INVALID_ARGUMENT, CANCELED, INVALID_METADATA, METADATA_TOO_LARGE, TEXT_TOO_LARGE, RECORD_EXISTS, RECORD_NOT_FOUND, VERSION_CONFLICT,
   *         IDEMPOTENCY_KEY_REUSED, INDEX_BACKLOG, DISK_FULL, STORE_STOPPED
   * Cost: one group commit. Graphs link the records behind it; a write that they cannot keep up with waits up to 200 ms, or is refused.
   */
  async upsert(records: readonly RecordInput[], options: UpsertOptions = {}): Promise<UpsertResult> {
    return this.#access.run("write", [records, options], ({ writer }, ...args) => writer.upsert(...args));
  }

  /**
   * Writes 0..1,000 records each on its own: a bad one is named and left out, and the others are written in the order given, so that
   * the last of an id stays. For imports: it waits while the index is behind, where `upsert` is refused.
   *
   * @throws VecstoreError what is no single record's fault: INVALID_ARGUMENT, BATCH_TOO_LARGE, CANCELED, NAMESPACE_READ_ONLY, NAMESPACE_SUSPENDED, DISK_FULL,
   *         STORE_STOPPED; some records may be written then, and writing all again is safe
   * Cost: one group commit, and one more for each time that an id comes again.
   */
  async upsertEach(rows: readonly UpsertEachRow[], options: UpsertEachOptions = {}): Promise<UpsertEachResult> {
    return this.#access.run("write", [rows, options], ({ writer }, ...args) => writer.upsertEach(...args));
  }

  /**
   * Changes metadata, text or expiry of 1..1,000 existing records as one atomic batch; vectors and sparse vectors are kept. Reads, merges and
   * writes again when another write came between, up to 16 times, unless `ifVersion` was given.
   *
   * @throws VecstoreError RECORD_NOT_FOUND, VERSION_CONFLICT, EMPTY_RECORD (no text left, nor vector), and as `upsert`
   * Cost: as `upsert` of the whole records, which are read before.
   */
  async update(
    updates: readonly RecordUpdate[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<UpdateResult> {
    return this.#access.run("write", [updates, options], ({ writer }, ...args) => writer.update(...args));
  }

  /**
   * Reads 1..1,000 records by id, in the order asked.
   *
   * @throws VecstoreError EMPTY_BATCH, BATCH_TOO_LARGE, INVALID_ID, INVALID_ARGUMENT
   * Cost: a look-up in memory for each id; vectors beyond `memoryForVectors` are read from the disk.
   */
  async get(ids: readonly string[], projection: Projection = {}): Promise<GetResult> {
    return this.#access.run("read", [ids, projection], ({ reader }, ...args) => reader.get(...args));
  }

  /**
   * One page of records by ascending id (UTF-8 bytes), by prefix and filter.
   *
   * @throws VecstoreError LIMIT_OUT_OF_RANGE, INVALID_ARGUMENT, INVALID_PAGE_TOKEN, INVALID_FILTER, CANCELED, DEADLINE_EXCEEDED
   * Cost: reads the records of the page; with a filter, as `count` first. The first page after writes sorts the new ids.
   */
  async list(request: ListRequest & Bounds = {}): Promise<ListPage> {
    return this.#access.run("read", [request], ({ reader }, asked) =>
      reader.withView((view) => listPage(view, asked, asked)),
    );
  }

  /**
   * Reads every visible record that matches, by ascending id (UTF-8 bytes), in chunks of at most 1,000 records and about 128 KiB; those of
   * a chunk are read when it is asked for. All are as they were when the loop began, whatever is written meanwhile. Breaking out of
   * the loop frees what it held.
   *
   * @throws VecstoreError INVALID_ARGUMENT, INVALID_FILTER, INVALID_PAGE_TOKEN (of another export) at once; CANCELED while it is read
   * Cost: the first one after writes sorts the new ids; replaced records stay in memory until the loop ends.
   */
  export(request: ExportRequest = {}): AsyncGenerator<ExportChunk, void> {
    this.#access.assert("read");
    validateExport(request);
    const asked = copyInput(request);
    return this.#access.stream(({ reader }) => reader.export(asked));
  }

  /**
   * Counts visible records, exactly.
   *
   * @throws VecstoreError INVALID_ARGUMENT, INVALID_FILTER, CANCELED, DEADLINE_EXCEEDED
   * Cost: with a filter, steps by terms and by the number of 32 records; no metadata is read, save of records that columns do
   * not hold.
   */
  async count(request: { readonly filter?: string | Filter } & Bounds = {}): Promise<number> {
    return this.#access.run("read", [request], ({ reader }, asked) => reader.count(asked));
  }

  /**
   * Finds the records closest to a vector, or to that of a record, or best by a text or a sparse vector, by descending score, ties by id.
   * Never fewer than `limit` while that many match. The request is copied before the call returns its promise.
   *
   * @param request  at least one of `vector` (f32[dimension]) or `id`, `text`, `sparse`; limit 1..1,000, of `maxQueryLimit`
   * @throws VecstoreError MISSING_QUERY, RECORD_NOT_FOUND, INVALID_ID, INVALID_VECTOR, ZERO_VECTOR, DIMENSION_MISMATCH, DIMENSION_OUT_OF_RANGE, TEXT_TOO_LARGE,
   *         LIMIT_OUT_OF_RANGE, INVALID_ARGUMENT, INVALID_FILTER, CANCELED, DEADLINE_EXCEEDED
   * Cost: a graph search of about 6 x ef distances; with `exact`, one pass over all int8 codes, or over all vectors where there are none. A filter: as `count` first.
   * Source: Malkov and Yashunin, arXiv:1603.09320; its end: Al-Jazzazi et al., arXiv:2505.15636; texts: Robertson and Zaragoza, "The Probabilistic
   * Relevance Framework", 2009; fusion: Cormack et al., SIGIR 2009; diversity: Carbonell and Goldstein, SIGIR 1998.
   */
  query(request: QueryRequest): Promise<QueryAnswer> {
    return this.#access.run("read", [request], ({ reader }, asked) => reader.query(asked));
  }

  /**
   * As `query`, without a promise where the answer is there at once: for servers, whose own work is measured in microseconds.
   * @throws VecstoreError as `query`, at once or by the promise. Cost: as `query`.
   */
  queryNow(request: QueryRequest): QueryAnswer | Promise<QueryAnswer> {
    return this.#access.runNow("read", request, ({ reader }, asked) => reader.query(asked));
  }

  /**
   * Says what a query is going to do, without searching: how records will be found and why, what that is expected to cost, and what else
   * could be done. A query with `explain` says the same of what it did.
   *
   * @throws VecstoreError as `query`
   * Cost: with a filter, that of `count`; else microseconds, and a millisecond when the machine is measured for the first filter.
   */
  async estimate(request: QueryRequest): Promise<QueryEstimate> {
    return this.#access.run("read", [request], ({ reader }, asked) => reader.estimate(asked));
  }

  /**
   * As `query`, with up to 10,000 results in chunks of 64 at most; the records of a chunk are read when it is asked for. It shows the
   * records of the moment when the first is asked for. Breaking out of the loop stops the work and frees what it held.
   *
   * @throws VecstoreError as `query`: for a wrong request at once, else while it is read
   * Cost: as `query`, before the first chunk.
   */
  queryStream(request: QueryRequest): AsyncGenerator<QueryChunk, void> {
    this.#access.assert("read");
    checkQuery(this.#directory, this.#ref, request, LIMITS.queryLimitMax);
    assertBounds(request);
    const asked = copyInput(request);
    return this.#access.stream(({ reader }) => reader.queryStream(asked));
  }

  /**
   * Runs 1..1,000 queries on one view, so that all see the same records.
   *
   * @throws VecstoreError as `query`, for the first query that is wrong, canceled or late, and EMPTY_BATCH, BATCH_TOO_LARGE; there is no answer then
   * Cost: that of the queries; graph searches of 16 queries and more are shared out among the threads.
   */
  async batchQuery(requests: readonly QueryRequest[]): Promise<readonly QueryAnswer[]> {
    return this.#access.run("read", [requests], ({ reader }, asked) => reader.batchQuery(asked));
  }

  /**
   * Measures how good and how fast the index is: runs sampled records as queries, with the index and exactly. Each is searched for
   * as though it had never been written, so that it stands for a query from outside; the recall is then about that of
   * such queries (within 0.01 by `npm run bench -- recall`). The same records are taken while none are written.
   *
   * @throws VecstoreError INVALID_ARGUMENT, LIMIT_OUT_OF_RANGE, INVALID_FILTER, CANCELED, DEADLINE_EXCEEDED
   * Cost: for each sample, 100 unless the request says, one query and one exact query.
   */
  async measureRecall(request: MeasureRecallRequest = {}): Promise<RecallMeasurement> {
    return this.#access.run("read", [request], ({ reader }, asked) => reader.measureRecall(asked));
  }

  /**
   * Measures now which recall each graph has at which ef, for queries with a `recallTarget`; else the first such query begins it, in
   * the background. Measured is what has no measure yet, or has grown by half since, and is linked as far as it is filled: so call
   * it after `settled`. Checkpoints keep what was found.
   *
   * @throws VecstoreError STORE_CLOSED
   * Cost: seconds; 400 records are compared with all others (fewer beyond 1.7 million x 100 dimensions).
   */
  async calibrate(): Promise<void> {
    await this.#access.run("read", [], ({ reader }) => reader.calibrate());
    this.#directory.assertReadable();
  }

  /**
   * Deletes records for good, soft-deleted ones too. By filter, records are found first and deleted in batches of 1,000 that
   * are not atomic together; one that was written in between is left alone. A call that is canceled or late writes no further batch.
   *
   * @throws VecstoreError MISSING_TARGET, INVALID_ARGUMENT, EMPTY_BATCH, BATCH_TOO_LARGE, INVALID_ID, INVALID_FILTER, DISK_FULL, STORE_STOPPED, CANCELED, DEADLINE_EXCEEDED
   * Cost: one group commit, for ids and `all`; by filter as `count` first, then one for each batch. Slots are reclaimed later.
   */
  async delete(target: Target, options: Bounds = {}): Promise<AffectedResult> {
    return this.#access.run("write", [target, options], ({ writer }, ...asked) => writer.target("delete", ...asked));
  }

  /** Hides records until `restore` or `delete`. Errors as `delete`. Cost: as `delete`. */
  async softDelete(target: Target, options: Bounds = {}): Promise<AffectedResult> {
    return this.#access.run("write", [target, options], ({ writer }, ...asked) =>
      writer.target("softDelete", ...asked),
    );
  }

  /** Brings soft-deleted records back, with a new version. Errors as `delete`. Cost: as `delete`. */
  async restore(target: Target, options: Bounds = {}): Promise<AffectedResult> {
    return this.#access.run("write", [target, options], ({ writer }, ...asked) => writer.target("restore", ...asked));
  }

  /**
   * Reclaims the slots of deleted, replaced and expired records now, in memory and on disk; reads and writes go on meanwhile.
   * Soft-deleted records are kept. Segments that fit into one are joined.
   *
   * @throws VecstoreError INVALID_ARGUMENT; CANCELED, DISK_FULL, STORE_CLOSED, STORE_STOPPED: some segments may be done then, each is whole
   * Cost: copies the records of every segment with dead slots, and mends its graph: a quarter of building it, a fifth being dead
   * (`npm run bench -- churn`).
   */
  async compact(options: { readonly dryRun?: boolean; readonly signal?: AbortSignal } = {}): Promise<CompactResult> {
    return this.#access.run("read", [options], ({ namespace }, asked) => compact(this.#directory, namespace, asked));
  }

  /** Counts, bytes and the state of the index, as they are now. Cost: lists the files of the snapshots. @throws VecstoreError INTERNAL when it cannot */
  async stats(): Promise<StoreStats> {
    this.#access.assert("read");
    return namespaceStats(this.#directory, this.#ref);
  }

  /**
   * Checkpoints the namespace and keeps that state under a name, by hard links where the file system has them.
   *
   * @param name  `[A-Za-z0-9][A-Za-z0-9_.-]{0,127}`
   * @throws VecstoreError INVALID_NAME, SNAPSHOT_EXISTS, DISK_FULL, STORE_STOPPED
   * Cost: a checkpoint with every graph that grew, and a link for each file, or its copy; writes and queries go on.
   */
  async createSnapshot(name: string): Promise<SnapshotInfo> {
    return this.#access.run("read", [], ({ namespace }) =>
      createSnapshot(this.#directory, namespace, validateName(name, "snapshot")),
    );
  }

  /**
   * All snapshots by name (code units). Cost: reads one small file for each.
   *
   * @throws VecstoreError DATA_CORRUPTED when the file that describes one is damaged
   */
  async listSnapshots(): Promise<readonly SnapshotInfo[]> {
    this.#access.assert("read");
    return listSnapshots(this.#directory, this.#ref);
  }

  /**
   * Puts a snapshot's records in place of the present ones: a logged operation that begins a new incarnation. The sequence goes
   * on; records keep the versions they had.
   *
   * @throws VecstoreError INVALID_NAME, SNAPSHOT_NOT_FOUND, DATA_CORRUPTED, DISK_FULL, NAMESPACE_READ_ONLY, NAMESPACE_SUSPENDED; the namespace is
   *         then as it was
   * Cost: reads the whole snapshot into memory, beside the present records; reads and writes go on with those until it is done.
   */
  async restoreSnapshot(name: string): Promise<SnapshotInfo> {
    return this.#access.run("write", [], ({ namespace }) =>
      restoreSnapshot(this.#directory, namespace, validateName(name, "snapshot")),
    );
  }

  /**
   * Reads a snapshot as one tar file, in chunks that are read when they are asked for. It always has the same bytes. Unpacked into the
   * `snapshots` directory of a namespace it is a snapshot again.
   *
   * @throws VecstoreError INVALID_NAME, INVALID_ARGUMENT at once; SNAPSHOT_NOT_FOUND, also when it is deleted meanwhile, LIMIT_OUT_OF_RANGE, DATA_CORRUPTED, CANCELED
   * Cost: reads its files; of a download that goes on also what comes before the offset, for the checksum.
   */
  downloadSnapshot(name: string, options: DownloadOptions = {}): AsyncGenerator<SnapshotChunk, void> {
    this.#access.assert("read");
    return downloadSnapshot(this.#directory, this.#ref, validateName(name, "snapshot"), options);
  }

  /**
   * Deletes a snapshot; the disk has its space back when nothing else names its files. Cost: removes its files.
   *
   * @throws VecstoreError INVALID_NAME, SNAPSHOT_NOT_FOUND
   */
  async deleteSnapshot(name: string): Promise<void> {
    return this.#access.run("read", [], ({ namespace }) =>
      deleteSnapshot(this.#directory, namespace, validateName(name, "snapshot")),
    );
  }

  /**
   * Returns when every record present now is linked in a graph, or lies in a segment too small to have one. Nothing has to wait
   * for it: until then queries scan what the graph lacks.
   *
   * @throws VecstoreError STORE_CLOSED, STORE_STOPPED, INTERNAL when the builder failed
   * Cost: none of its own; it waits.
   */
  async settled(): Promise<void> {
    await this.#access.run("open store", [], ({ namespace }) =>
      settled(namespace.state, () => this.#directory.assertReadable()),
    );
  }

  /**
   * Closes the data directory: waits for writes, checkpoints, frees memory and the lock. Safe to call twice; without it nothing is lost.
   *
   * @throws VecstoreError STORE_STOPPED when writes that were answered before their sync may be lost, which `fsync: "always"` rules out
   * Cost: a checkpoint, with every graph that grew.
   */
  close(): Promise<void> {
    return this.#directory.close();
  }
}
