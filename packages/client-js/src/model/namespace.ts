import type { CallOptions } from "./call.js";

/** How two vectors are compared. */
export type Metric = "cosine" | "dot" | "euclidean";

/** Codes that are searched before the rescore in f32. */
export type Quantization = "int8" | "none" | "binary";

/** How texts become terms: words, folded; `english` leaves out stop words and cuts the others to their stems. */
export type TextAnalyzer = "standard" | "english";

/** Whether a namespace takes reads and writes. */
export type NamespaceStatus = "active" | "read_only" | "suspended" | "pending_deletion";

/** Fixed when a namespace is created, save `dimension`, which the first vector may fix. */
export interface NamespaceConfig {
  /** 1..65,535; absent until the first vector fixes it. */
  readonly dimension?: number;
  /** Default cosine. */
  readonly metric?: Metric;
  /** HNSW links of a node on each layer above 0 (twice that on layer 0), 4..64. Default 16. */
  readonly m?: number;
  /** HNSW candidates while building, m..2,048. Default 200. */
  readonly efConstruction?: number;
  /** Candidates of a query that names none, 1..2,048. Default max(64, 2 x limit). */
  readonly efSearch?: number;
  /** Default int8. */
  readonly quantization?: Quantization;
  /** Default standard. */
  readonly textAnalyzer?: TextAnalyzer;
}

/** What a namespace may use. Absent: unlimited. */
export interface Quotas {
  /** Records, hidden ones too. */
  readonly maxVectors?: number;
  /** Requests a second; fractions are allowed. */
  readonly maxQps?: number;
  /** Bytes of log and segment files, snapshots apart. */
  readonly maxStorageBytes?: number;
  /** Connections open at once. */
  readonly maxConnections?: number;
  /** Queries running at once. */
  readonly maxConcurrentQueries?: number;
  /** Components of a vector. */
  readonly maxDimension?: number;
  /** `limit` of a query. */
  readonly maxResultsPerQuery?: number;
  /** Records of a batch. */
  readonly maxBatchSize?: number;
}

/** A namespace as the server knows it. */
export interface NamespaceInfo {
  /** Its name. */
  readonly name: string;
  /** Whether it takes reads and writes; `unknown` when a newer server says what this client does not know. */
  readonly status: NamespaceStatus | "unknown";
  /** How it stores and searches, with every value in effect. */
  readonly config: NamespaceConfig;
  /** What it may use. */
  readonly quotas: Quotas;
  /** For people; may be empty. */
  readonly description: string;
  /** For programs. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the server may keep answers of its queries and give them again while nothing was written. */
  readonly cacheAnswers: boolean;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Milliseconds since 1970. */
  readonly updatedAtMs: number;
}

/** Options of `createNamespace`. */
export interface CreateNamespaceOptions extends NamespaceConfig, CallOptions {
  /** What it may use. Default: unlimited. */
  readonly quotas?: Quotas;
  /** For people, at most 1 KiB of UTF-8. */
  readonly description?: string;
  /** For programs, at most 64. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether the server may keep answers of its queries. Default true. */
  readonly cacheAnswers?: boolean;
}

/** Options of `updateNamespace`; what is not named stays. */
export interface UpdateNamespaceOptions extends CallOptions {
  /** Whether it takes reads and writes. */
  readonly status?: "active" | "read_only" | "suspended";
  /** Numbers are set, null makes a quota unlimited. */
  readonly quotas?: { readonly [K in keyof Quotas]: number | null };
  /** Replaces the description; an empty string removes it. */
  readonly description?: string;
  /** Added or replaced; null removes a label. */
  readonly labels?: Readonly<Record<string, string | null>>;
  /** Whether the server may keep answers of its queries; false drops those it has. */
  readonly cacheAnswers?: boolean;
}

/** Options of `listNamespaces`. */
export interface ListNamespacesOptions extends CallOptions {
  /** Only names that begin with this. */
  readonly prefix?: string;
}

/** What a namespace uses: exact, and kept over a restart. Totals count from its creation and never go down. */
export interface Usage {
  /** Records, hidden ones too. */
  readonly vectorCount: number;
  /** Requests of the last second; a batch of queries counts as many. */
  readonly currentQps: number;
  /** Bytes of the segment files of its last checkpoint, and of its log entries since; snapshots apart. */
  readonly storageBytes: number;
  /** Bytes of snapshots. */
  readonly snapshotBytes: number;
  /** Connections open now. */
  readonly activeConnections: number;
  /** Queries running now. */
  readonly concurrentQueries: number;
  /** Queries answered. */
  readonly queriesTotal: number;
  /** Writes applied. */
  readonly writesTotal: number;
  /** Requests refused because of a quota. */
  readonly refusalsTotal: number;
  /** Requests of data, also those that failed or were refused by a quota. */
  readonly requestsTotal: number;
  /** Bytes of the bodies of those requests, as they came over the wire. */
  readonly bytesInTotal: number;
  /** Bytes of the bodies of their answers. */
  readonly bytesOutTotal: number;
  /** The exact integral of `vectorCount` over time: whole vector-seconds. */
  readonly vectorSecondsTotal: number;
  /** What is left beyond them, in thousandths of a vector-second, 0..999. */
  readonly vectorMillisecondsRest: number;
}

/** The usage of one namespace beside its quotas. */
export interface NamespaceUsage {
  /** Name of the namespace. */
  readonly name: string;
  /** Whether it takes reads and writes; `unknown` when a newer server says what this client does not know. */
  readonly status: NamespaceStatus | "unknown";
  /** What it may use. */
  readonly quotas: Quotas;
  /** What it uses. */
  readonly usage: Usage;
}

/** The usage of one namespace for accounting: the difference of two exports is the usage between them. */
export interface ExportedUsage extends NamespaceUsage {
  /** When the totals began, milliseconds since 1970: the creation of the namespace. */
  readonly countedSinceMs: number;
  /** The moment that the totals are of, milliseconds since 1970. */
  readonly countedUntilMs: number;
}

/** What all namespaces of a server use. */
export interface AggregateUsage {
  /** Namespaces, whatever their status. */
  readonly namespaceCount: number;
  /** Sums over the namespaces; a connection that serves several counts once. */
  readonly usage: Usage;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** For example `0.1.0`. */
  readonly serverVersion: string;
}
