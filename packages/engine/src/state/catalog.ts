import type {
  CountRequestsEntry,
  CreateNamespaceEntry,
  DeleteNamespaceEntry,
  LogEntry,
  NamespaceSettings,
  UpdateNamespaceEntry,
} from "../gen/vecstore/storage/v1/log.js";
import type { CatalogManifest, CatalogNamespace } from "../gen/vecstore/storage/v1/manifest.js";
import type { Metric, NamespaceInfo, NamespaceStatus, Quantization, TextAnalyzer } from "../model/namespace.js";
import type { RequestCounts } from "../model/usage.js";
import { type NamespaceSummary, storedSummary, summaryOf } from "./namespace-summary.js";
import { applied, type Outcome, rejected } from "./outcome.js";
import { quotasOf, storedQuotas } from "./quotas.js";
import { countsOf, laterCounts, NO_REQUESTS, sameCounts } from "./request-counts.js";

/** Number of the system namespace whose entries make the catalog. */
export const CATALOG_NUMBER = 0;

/** One namespace in the catalog, with what its last checkpoint holds, and the counts of requests as they were last kept. */
export interface CatalogEntry extends NamespaceInfo {
  readonly vectorCount: number;
  readonly counts: Readonly<RequestCounts>;
  /** Undefined while nobody knows it: the opening of the directory finds out. */
  readonly summary: NamespaceSummary | undefined;
}

/** What callers see of an entry. */
export function infoOf(entry: CatalogEntry): NamespaceInfo {
  const { vectorCount: _v, counts: _c, summary: _s, ...info } = entry;
  return info;
}

/** Which namespaces there are: the state of namespace 0, changed only by applying its entries. */
export class Catalog {
  sequence = 0;
  timeMs = 0;
  #nextNumber = 1;
  readonly #byName = new Map<string, CatalogEntry>();
  readonly #byNumber = new Map<number, CatalogEntry>();

  get nextNumber(): number {
    return this.#nextNumber;
  }

  byName(name: string): CatalogEntry | undefined {
    return this.#byName.get(name);
  }

  byNumber(number: number): CatalogEntry | undefined {
    return this.#byNumber.get(number);
  }

  /** All namespaces, in no order that means anything. */
  entries(): IterableIterator<CatalogEntry> {
    return this.#byNumber.values();
  }

  get size(): number {
    return this.#byNumber.size;
  }

  /** All namespaces in the order of their names' code units. */
  sorted(): CatalogEntry[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** Applies an entry of namespace 0. */
  apply(entry: LogEntry, sequence: number): Outcome {
    const timeMs = Number(entry.timeMs);
    const outcome = this.#applyOperation(entry, sequence, timeMs);
    this.sequence = sequence;
    this.timeMs = Math.max(this.timeMs, timeMs);
    return outcome;
  }

  #applyOperation(entry: LogEntry, sequence: number, timeMs: number): Outcome {
    const operation = entry.operation;
    switch (operation?.$case) {
      case "createNamespace":
        return this.#create(operation.value, sequence, timeMs);
      case "updateNamespace":
        return this.#update(operation.value, sequence, timeMs);
      case "deleteNamespace":
        return this.#delete(operation.value, sequence);
      case "countRequests":
        return this.#countRequests(operation.value, sequence);
      default:
        return rejected("INTERNAL", `catalog entry ${sequence} holds no operation this version knows`);
    }
  }

  #create(entry: CreateNamespaceEntry, sequence: number, timeMs: number): Outcome {
    const taken = this.#byName.get(entry.name);
    if (taken !== undefined) {
      const { name, status } = taken;
      const message =
        status === "pending_deletion" ? isGoing(taken) : `namespace ${JSON.stringify(name)} exists already`;
      return rejected("NAMESPACE_EXISTS", message, { namespace: name });
    }
    // The number is given here and not by the writer, so that two creations in flight cannot share one.
    const number = this.#nextNumber++;
    this.#put({
      number,
      name: entry.name,
      status: "active",
      config: configOf(entry.settings),
      quotas: quotasOf(entry.quotas),
      description: entry.description,
      labels: entry.labels,
      cacheAnswers: entry.noAnswerCache !== true,
      createdAtMs: timeMs,
      updatedAtMs: timeMs,
      vectorCount: 0,
      counts: NO_REQUESTS,
      summary: undefined,
    });
    return applied(sequence, 1, 1);
  }

  #update(entry: UpdateNamespaceEntry, sequence: number, timeMs: number): Outcome {
    const found = this.#byNumber.get(entry.number);
    if (found === undefined) return rejected("NAMESPACE_NOT_FOUND", `no namespace has number ${entry.number}`);
    // There is no way back.
    if (found.status === "pending_deletion")
      return rejected("NAMESPACE_NOT_FOUND", isGoing(found), { namespace: found.name });
    const { description, labels, noAnswerCache } = entry;
    const cacheAnswers = noAnswerCache !== true;
    this.#put({ ...found, ...rulesOf(entry), description, labels, cacheAnswers, updatedAtMs: timeMs });
    return applied(sequence, 1);
  }

  /** The number is not given again: the log may have entries of it, and a handle may be held. */
  #delete({ number }: DeleteNamespaceEntry, sequence: number): Outcome {
    const found = this.#byNumber.get(number);
    if (found === undefined) return rejected("NAMESPACE_NOT_FOUND", `no namespace has number ${number}`);
    if (found.status !== "pending_deletion") {
      return rejected("INTERNAL", `namespace ${number} is ${found.status}, and nobody began to delete it`);
    }
    this.#byName.delete(found.name);
    this.#byNumber.delete(number);
    return applied(sequence, 1);
  }

  /** Of a namespace that was deleted meanwhile nothing is kept. */
  #countRequests({ namespaces }: CountRequestsEntry, sequence: number): Outcome {
    for (const stored of namespaces) this.noteRequests(stored.number, countsOf(stored));
    return applied(sequence, namespaces.length);
  }

  #put(entry: CatalogEntry): void {
    this.#byName.set(entry.name, entry);
    this.#byNumber.set(entry.number, entry);
  }

  /**
   * Notes what the newest checkpoint of a namespace holds; shown by listings and statistics that open nothing.
   *
   * @param dimension  0 where no vector fixes it, also after a restore of a time without any; undefined without a checkpoint
   */
  noteCheckpoint(number: number, dimension: number | undefined, summary: NamespaceSummary): void {
    const found = this.#byNumber.get(number);
    if (found === undefined) return;
    const config = dimension === undefined ? found.config : { ...found.config, dimension: dimension || undefined };
    this.#put({ ...found, config, vectorCount: summary.liveCount, summary });
  }

  /** Notes what requests did since the namespace was created, for the next checkpoint. */
  noteRequests(number: number, counts: Readonly<RequestCounts>): void {
    const found = this.#byNumber.get(number);
    if (found === undefined || sameCounts(found.counts, counts)) return;
    this.#put({ ...found, counts: laterCounts(found.counts, counts) });
  }

  /** The catalog's checkpoint. */
  toManifest(logPosition: number): CatalogManifest {
    return {
      sequence: BigInt(this.sequence),
      logPosition: BigInt(logPosition),
      timeMs: BigInt(this.timeMs),
      nextNumber: this.#nextNumber,
      namespaces: [...this.#byNumber.values()].map(toStored),
    };
  }

  /** A checkpoint that was taken earlier, with what the namespaces' checkpoints noted since. */
  withCounts(taken: CatalogManifest): CatalogManifest {
    const namespaces = taken.namespaces.map((stored) => {
      const entry = this.#byNumber.get(stored.number);
      if (entry === undefined) return stored;
      const { vectorCount, summary } = toStored(entry);
      return { ...stored, settings: settingsOf(entry.config), vectorCount, summary, ...storedTotals(entry) };
    });
    return { ...taken, namespaces };
  }

  static fromManifest(manifest: CatalogManifest): Catalog {
    const catalog = new Catalog();
    catalog.sequence = Number(manifest.sequence);
    catalog.timeMs = Number(manifest.timeMs);
    catalog.#nextNumber = manifest.nextNumber;
    for (const stored of manifest.namespaces) catalog.#put(fromStored(stored));
    return catalog;
  }
}

function isGoing({ name }: CatalogEntry): string {
  return `namespace ${JSON.stringify(name)} is being deleted`;
}

/** What decides the entries of a namespace: the catalog's entry and the namespace's state both follow it. */
export type Rules = Pick<CatalogEntry, "status" | "quotas">;

/** The rules that an entry gives its namespace. */
export function rulesOf(entry: UpdateNamespaceEntry): Rules {
  return { status: entry.status as NamespaceStatus, quotas: quotasOf(entry.quotas) };
}

/** The settings of a namespace as they are logged. */
export function settingsOf(config: NamespaceInfo["config"]): NamespaceSettings {
  const { dimension, efSearch, ...rest } = config;
  return { dimension: dimension ?? 0, efSearch: efSearch ?? 0, ...rest };
}

/** The configuration in logged settings, with the defaults of those that old logs do not say. */
export function configOf(settings: NamespaceSettings | undefined): NamespaceInfo["config"] {
  return {
    dimension: settings?.dimension || undefined,
    metric: (settings?.metric || "cosine") as Metric,
    m: settings?.m || 16,
    efConstruction: settings?.efConstruction || 200,
    efSearch: settings?.efSearch || undefined,
    quantization: (settings?.quantization || "int8") as Quantization,
    textAnalyzer: (settings?.textAnalyzer || "standard") as TextAnalyzer,
  };
}

function toStored(entry: CatalogEntry): CatalogNamespace {
  return {
    number: entry.number,
    name: entry.name,
    status: entry.status,
    settings: settingsOf(entry.config),
    quotas: storedQuotas(entry.quotas),
    description: entry.description,
    labels: { ...entry.labels },
    noAnswerCache: entry.cacheAnswers ? undefined : true,
    createdAtMs: BigInt(entry.createdAtMs),
    updatedAtMs: BigInt(entry.updatedAtMs),
    vectorCount: BigInt(entry.vectorCount),
    summary: entry.summary && storedSummary(entry.summary),
    ...storedTotals(entry),
  };
}

function storedTotals({ counts }: CatalogEntry) {
  return {
    queriesTotal: BigInt(counts.queries),
    refusalsTotal: BigInt(counts.refusals),
    requestsTotal: BigInt(counts.requests),
    bytesInTotal: BigInt(counts.bytesIn),
    bytesOutTotal: BigInt(counts.bytesOut),
  };
}

function fromStored(stored: CatalogNamespace): CatalogEntry {
  return {
    number: stored.number,
    name: stored.name,
    status: stored.status as NamespaceStatus,
    config: configOf(stored.settings),
    quotas: quotasOf(stored.quotas),
    description: stored.description,
    labels: stored.labels,
    cacheAnswers: stored.noAnswerCache !== true,
    createdAtMs: Number(stored.createdAtMs),
    updatedAtMs: Number(stored.updatedAtMs),
    vectorCount: Number(stored.vectorCount),
    counts: {
      requests: Number(stored.requestsTotal),
      queries: Number(stored.queriesTotal),
      refusals: Number(stored.refusalsTotal),
      bytesIn: Number(stored.bytesInTotal),
      bytesOut: Number(stored.bytesOutTotal),
    },
    summary: summaryOf(stored.summary),
  };
}
