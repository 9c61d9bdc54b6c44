import { assertReads, namespaceInfo } from "./directory/access.js";
import { answerBasisOf } from "./directory/answer-basis.js";
import { assertKnown } from "./directory/check-option.js";
import type { DataDirectory } from "./directory/data-directory.js";
import { CONFIG_KEYS, completeConfig, openDirectory } from "./directory/open-directory.js";
import type { RecoverySummary } from "./directory/recovery.js";
import { restoreAsNamespace, withSource } from "./directory/restore-as-namespace.js";
import { aggregateUsage, usageOf } from "./directory/usage.js";
import { VecstoreError } from "./errors.js";
import { LIMITS } from "./limits.js";
import { describeValue } from "./metadata/describe.js";
import type { AnswerBasis } from "./model/answer-basis.js";
import type { NamespaceConfig, NamespaceInfo, NamespaceStatus } from "./model/namespace.js";
import type { DirectoryOptions } from "./model/options.js";
import type { Quotas } from "./model/quotas.js";
import type { StoreStats } from "./model/read.js";
import type { AggregateUsage, NamespaceUsage, RequestCounts } from "./model/usage.js";
import { assertOptions } from "./query/assert-request.js";
import { integerIn } from "./query/integer-in.js";
import { validateDescription, validateFlag, validateLabels } from "./state/annotations.js";
import { changeQuotas } from "./state/quotas.js";
import { validateName } from "./state/records.js";
import { VecStore } from "./vecstore.js";
import { namespaceStats } from "./vecstore-stats.js";

/** What a namespace is made with. */
export interface CreateNamespaceOptions extends NamespaceConfig {
  /** What it may use. Absent: no bounds. */
  readonly quotas?: Quotas;
  /** For people, at most 1 KiB of UTF-8; kept and returned. */
  readonly description?: string;
  /** For programs, at most 64: keys 1..63 bytes, values at most 255 bytes of UTF-8; kept and returned. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether a server may keep answers of its queries; kept and returned. Default true. */
  readonly cacheAnswers?: boolean;
}

const CREATE_OPTIONS = [
  ...CONFIG_KEYS,
  "quotas",
  "description",
  "labels",
  "cacheAnswers",
] as const satisfies (keyof CreateNamespaceOptions)[];

/** Changes of a namespace; what is absent stays. */
export interface UpdateNamespaceOptions {
  /** `read_only`: writes are NAMESPACE_READ_ONLY. `suspended`: requests are NAMESPACE_SUSPENDED. */
  readonly status?: Exclude<NamespaceStatus, "pending_deletion">;
  /** Numbers are set, null makes a quota unlimited, the others stay. */
  readonly quotas?: { readonly [K in keyof Quotas]: number | null };
  /** Replaces the description; empty removes it. */
  readonly description?: string;
  /** Added or replaced; the others stay. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Keys of labels to remove; not one of `labels`. One that is not there is no error. */
  readonly removeLabels?: readonly string[];
  /** Whether a server may keep answers of its queries. */
  readonly cacheAnswers?: boolean;
}

const UPDATE_OPTIONS = [
  "status",
  "quotas",
  "description",
  "labels",
  "removeLabels",
  "cacheAnswers",
] as const satisfies (keyof UpdateNamespaceOptions)[];

/** Which namespaces to list. */
export interface ListNamespacesOptions {
  /** Only names that begin with this. */
  readonly prefix?: string;
  /** 1..1,000. Default 100. */
  readonly pageSize?: number;
  /** From the previous page. */
  readonly pageToken?: string;
}

/** Namespaces by name. */
export interface NamespacePage {
  /** 0..pageSize, by name (code units). */
  readonly namespaces: readonly NamespaceInfo[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/**
 * Many isolated namespaces in one data directory, with one log and one catalog. The namespace `default` exists from the start. After
 * `close` all methods fail with STORE_CLOSED, also those of the namespaces.
 */
export class NamespacedVecStore {
  readonly #directory: DataDirectory;
  readonly #stores = new Map<number, VecStore>();

  private constructor(directory: DataDirectory) {
    this.#directory = directory;
  }

  /**
   * Opens a data directory, or creates it.
   *
   * @param path  in Node a directory of the file system, made when absent, which this process alone may have open
   * @throws VecstoreError INVALID_CONFIGURATION, DATA_DIR_IN_USE, FORMAT_TOO_NEW, DATA_CORRUPTED, DISK_FULL, INTERNAL
   * Cost: reads the checkpoints and at most 128 MiB of log.
   */
  static async open(path: string, options: DirectoryOptions = {}): Promise<NamespacedVecStore> {
    return new NamespacedVecStore(await openDirectory(path, options));
  }

  /** How the directory was found: entries that were in the log only, milliseconds of the recovery, and what was cut off the log. */
  get recovery(): RecoverySummary {
    return this.#directory.recovery;
  }

  /**
   * Makes a namespace; it is there after a crash, too.
   *
   * @param name  `[A-Za-z0-9][A-Za-z0-9_.-]{0,127}`
   * @throws VecstoreError INVALID_NAME, INVALID_CONFIGURATION, INVALID_ARGUMENT (description, labels, cacheAnswers), NAMESPACE_EXISTS, DISK_FULL, STORE_STOPPED
   * Cost: one group commit.
   */
  async createNamespace(name: string, options: CreateNamespaceOptions = {}): Promise<NamespaceInfo> {
    this.#directory.assertReadable();
    assertOptions(options, "createNamespace");
    assertKnown(options, CREATE_OPTIONS, "createNamespace");
    const description = validateDescription(options.description ?? "");
    const labels = validateLabels(options.labels ?? {});
    const cacheAnswers = validateFlag("cache_answers", options.cacheAnswers ?? true);
    const config = completeConfig(options);
    const quotas = changeQuotas({}, options.quotas ?? {});
    assertDimensionFits(config, quotas);
    await this.#directory.createNamespace({
      name: validateName(name, "namespace"),
      config,
      description,
      labels,
      quotas,
      cacheAnswers,
    });
    return this.getNamespace(name);
  }

  /**
   * Changes status, quotas, description, labels and `cacheAnswers` of a namespace while it is in use; holds for every request that begins after it was answered,
   * and after a crash. A query that is under way ends well; a write that is is decided by its place in the log.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND, INVALID_ARGUMENT, INVALID_CONFIGURATION (quotas), DISK_FULL, STORE_STOPPED
   * Cost: one group commit; nothing when nothing changes.
   */
  async updateNamespace(name: string, options: UpdateNamespaceOptions): Promise<NamespaceInfo> {
    this.#directory.assertReadable();
    assertOptions(options, "updateNamespace");
    assertKnown(options, UPDATE_OPTIONS, "updateNamespace");
    await this.#directory.changes.update(name, options);
    return this.getNamespace(name);
  }

  /**
   * Deletes a namespace with its records and snapshots, for good. When it returns its name is free and its files are gone, save those
   * that an open stream reads, which go with it; the log is rid of its entries soon after. Until then the status is
   * `pending_deletion`. What a crash interrupts the next opening finishes.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND, INVALID_ARGUMENT for `default`, DISK_FULL, STORE_STOPPED; then a second call goes on
   * Cost: two group commits, the removal of its files, and in the background two checkpoints of what changed in the directory.
   */
  async deleteNamespace(name: string): Promise<void> {
    this.#directory.assertReadable();
    await this.#directory.deletions.delete(name);
    const { catalog } = this.#directory;
    for (const number of this.#stores.keys()) if (catalog.byNumber(number) === undefined) this.#stores.delete(number);
  }

  /**
   * A namespace as the catalog knows it.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND
   * Cost: a look-up in memory.
   */
  getNamespace(name: string): NamespaceInfo {
    this.#directory.assertReadable();
    return namespaceInfo(this.#directory, this.#directory.entryByName(name));
  }

  /**
   * What a namespace uses, whatever its status.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND, INTERNAL when a directory of snapshots cannot be listed
   * Cost: lists the files of its snapshots, the first time after one was made or deleted.
   */
  async namespaceUsage(name: string): Promise<NamespaceUsage> {
    this.#directory.assertReadable();
    return usageOf(this.#directory, this.#directory.entryByName(name));
  }

  /**
   * What all namespaces use together.
   *
   * @throws VecstoreError INTERNAL when a directory of snapshots cannot be listed
   * Cost: that of `namespaceUsage` for each.
   */
  async aggregateUsage(): Promise<AggregateUsage> {
    this.#directory.assertReadable();
    return aggregateUsage(this.#directory);
  }

  /**
   * Counts, bytes and the state of the index of a namespace, as `VecStore.stats`, also while it is suspended: for operators.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND, INTERNAL when a directory of snapshots cannot be listed
   * Cost: as `namespaceUsage`.
   */
  async namespaceStats(name: string): Promise<StoreStats> {
    this.#directory.assertReadable();
    return namespaceStats(this.#directory, this.#directory.entryByName(name));
  }

  /**
   * Adds to what requests did in a namespace, which the store cannot see by itself. Nothing when there is no such namespace.
   *
   * @param more  0 or more of each
   * @throws never
   * Cost: a look-up in memory; the counts are kept by the next `saveRequestCounts` or checkpoint.
   */
  countRequests(name: string, more: Partial<Omit<RequestCounts, "queries">>): void {
    const counts = this.#countsOf(name);
    if (counts === undefined || !more) return;
    counts.requests += more.requests ?? 0;
    counts.refusals += more.refusals ?? 0;
    counts.bytesIn += more.bytesIn ?? 0;
    counts.bytesOut += more.bytesOut ?? 0;
  }

  /**
   * Keeps what requests did since the last time, so that a crash loses no more than came after it. Whoever serves a store calls it every few
   * seconds.
   *
   * @throws VecstoreError STORE_CLOSED, STORE_STOPPED, DISK_FULL; nothing is lost then, and the next call keeps it
   * Cost: one group commit of some 40 bytes for each namespace that was asked anything; nothing when none was.
   */
  async saveRequestCounts(): Promise<void> {
    this.#directory.assertReadable();
    await this.#directory.requests.save(this.#directory);
  }

  /**
   * Counts a query that whoever uses the store answered with what it had kept. Nothing when there is no such namespace.
   *
   * @throws never
   * Cost: as `countRequests`.
   */
  countQuery(name: string): void {
    const counts = this.#countsOf(name);
    if (counts !== undefined) counts.queries++;
  }

  /**
   * What the answers of a namespace depend on now, for whoever keeps answers; undefined when a query would be refused, or only a query can
   * tell, since the namespace is not in memory and some of its records have expired.
   *
   * @throws never
   * Cost: a look at each segment; nothing is read.
   */
  answerBasis(name: string): AnswerBasis | undefined {
    const entry = this.#directory.catalog.byName(name);
    const isUsable = !this.#directory.closeSignal.aborted && this.#directory.stopped === undefined;
    return entry !== undefined && isUsable ? answerBasisOf(this.#directory, entry) : undefined;
  }

  /**
   * One page of namespaces by name.
   *
   * @throws VecstoreError INVALID_ARGUMENT, LIMIT_OUT_OF_RANGE, INVALID_PAGE_TOKEN
   * Cost: sorts the names of all namespaces; reads no disk.
   */
  listNamespaces(options: ListNamespacesOptions = {}): NamespacePage {
    this.#directory.assertReadable();
    assertOptions(options, "listNamespaces");
    const size = integerIn("page_size", options.pageSize ?? LIMITS.pageSizeAbsent, 1, LIMITS.pageSizeMax);
    const { prefix = "", pageToken } = options;
    if (typeof prefix !== "string") {
      const message = `prefix is ${describeValue(prefix)}; give a string that names begin with`;
      throw new VecstoreError("INVALID_ARGUMENT", message);
    }
    const after = pageToken === undefined || pageToken === "" ? undefined : decodeToken(pageToken);
    const all = this.#directory.catalog
      .sorted()
      .filter(({ name }) => name.startsWith(prefix) && (after === undefined || name > after));
    const namespaces = all.slice(0, size).map(({ name }) => this.getNamespace(name));
    if (all.length <= size) return { namespaces };
    return { namespaces, nextPageToken: `n.${namespaces.at(-1)!.name}` };
  }

  /**
   * A namespace for reading and writing. The handle needs no close.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND
   * Cost: a look-up in memory.
   */
  async namespace(name: string): Promise<VecStore> {
    return this.namespaceNow(name);
  }

  /** As `namespace`, without a promise. @throws VecstoreError NAMESPACE_NOT_FOUND. Cost: a look-up in memory. */
  namespaceNow(name: string): VecStore {
    this.#directory.assertReadable();
    const entry = this.#directory.entryByName(name);
    const known = this.#stores.get(entry.number);
    if (known !== undefined) return known;
    const store = new VecStore(this.#directory, entry);
    this.#stores.set(entry.number, store);
    return store;
  }

  /**
   * Makes a namespace of the records of a snapshot, with the settings that it was made with. They keep their versions. After a crash
   * it is there whole or not at all.
   *
   * @param source  the namespace that the snapshot is of
   * @param target  name of the new one, `[A-Za-z0-9][A-Za-z0-9_.-]{0,127}`
   * @throws VecstoreError INVALID_NAME, NAMESPACE_NOT_FOUND, NAMESPACE_SUSPENDED (the source), SNAPSHOT_NOT_FOUND,
   *         NAMESPACE_EXISTS, DATA_CORRUPTED, DISK_FULL, STORE_STOPPED
   * Cost: links the snapshot's files, or copies them, and reads them into memory; no other namespace is made meanwhile.
   */
  async restoreSnapshotAs(source: string, snapshot: string, target: string): Promise<VecStore> {
    this.#directory.assertReadable();
    const entry = this.#directory.entryByName(source);
    assertReads(this.#directory, entry);
    const names = [validateName(snapshot, "snapshot"), validateName(target, "namespace")] as const;
    await withSource(this.#directory, entry, (from) => restoreAsNamespace(this.#directory, from, ...names));
    return this.namespaceNow(target);
  }

  /**
   * Writes a checkpoint of every namespace and shortens the log, so that the next opening has less to read. It happens by itself
   * after `checkpointLogBytes` of log, and at `close`.
   *
   * @throws VecstoreError DISK_FULL, STORE_STOPPED; the checkpoints before it stand
   * Cost: writes the records since the last checkpoint, and each graph that grew by a quarter; writes and queries go on.
   */
  async checkpoint(): Promise<void> {
    this.#directory.assertReadable();
    await this.#directory.checkpointer.now();
  }

  /**
   * Closes the data directory: waits for writes, checkpoints, frees memory and the lock. Safe to call twice. Without it nothing is lost: the
   * next opening reads the log.
   *
   * @throws VecstoreError STORE_STOPPED when writes that were answered before their sync may be lost, which `fsync: "always"` rules out
   * Cost: a checkpoint, with every graph that grew.
   */
  close(): Promise<void> {
    return this.#directory.close();
  }

  /** What requests did in a namespace, to be added to; it need not be in memory. */
  #countsOf(name: string): RequestCounts | undefined {
    const entry = this.#directory.catalog.byName(name);
    return entry && this.#directory.requests.at(entry.number);
  }
}

function assertDimensionFits({ dimension }: NamespaceConfig, { maxDimension }: Quotas): void {
  if (dimension === undefined || maxDimension === undefined || dimension <= maxDimension) return;
  const message = `the dimension is ${dimension}, and the quota max_dimension ${maxDimension}; lower the one or raise the other`;
  throw new VecstoreError("INVALID_CONFIGURATION", message, { option: "max_dimension" });
}

function decodeToken(token: string): string {
  if (typeof token === "string" && token.startsWith("n.")) return token.slice(2);
  throw new VecstoreError(
    "INVALID_PAGE_TOKEN",
    "page_token was not given by a list of namespaces; start again without one",
  );
}
