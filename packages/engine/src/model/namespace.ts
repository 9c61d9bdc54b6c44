import type { Quotas } from "./quotas.js";

/** How two vectors are compared. Inside, smaller is closer; the score shown to callers is larger-is-better. */
export type Metric = "cosine" | "dot" | "euclidean";

/**
 * Codes that the graph is searched on. `int8`: a byte a component, then a rescore in f32. `none`: the f32 vectors themselves, of which
 * the graph has a copy: four times the memory of int8, and no error of codes. `binary`: a bit a component, then a rescore of more candidates
 * in f32; for some hundred dimensions and more.
 */
export type Quantization = "int8" | "none" | "binary";

/**
 * How texts become terms. `standard`: words by Unicode, folded by NFKC and to lower case. `english`: the same, without stop words,
 * each word cut to its stem.
 */
export type TextAnalyzer = "standard" | "english";

/** Whether a namespace takes reads and writes. */
export type NamespaceStatus = "active" | "read_only" | "suspended" | "pending_deletion";

/** Fixed when a namespace is created, save `dimension`, which the first vector may fix. */
export interface NamespaceConfig {
  /** 1..65,535; absent until the first vector fixes it. */
  readonly dimension?: number;
  /** Default cosine. */
  readonly metric?: Metric;
  /** HNSW links per node and layer above 0 (twice that at layer 0), 4..64. Default 16. */
  readonly m?: number;
  /** HNSW candidates while building, m..2,048. Default 200. Source of the graph: Malkov and Yashunin, arXiv:1603.09320. */
  readonly efConstruction?: number;
  /** Default candidates of a query, 1..2,048; default max(64, 2 x limit). */
  readonly efSearch?: number;
  /** Default `int8`. */
  readonly quantization?: Quantization;
  /** Default `standard`. */
  readonly textAnalyzer?: TextAnalyzer;
}

/** A namespace as the catalog knows it. */
export interface NamespaceInfo {
  /** `[A-Za-z0-9][A-Za-z0-9_.-]{0,127}` */
  readonly name: string;
  /** Internal number; names its directory. Never reused. */
  readonly number: number;
  /** Whether it takes reads and writes. */
  readonly status: NamespaceStatus;
  /** What it was made with, defaults filled in. */
  readonly config: Required<Omit<NamespaceConfig, "dimension" | "efSearch">> &
    Pick<NamespaceConfig, "dimension" | "efSearch">;
  /** What it may use; empty when it has no bounds. */
  readonly quotas: Quotas;
  /** As its creator gave it; empty when not given. */
  readonly description: string;
  /** The creator's own, by name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether a server may keep answers of its queries and give them again; the engine keeps none. */
  readonly cacheAnswers: boolean;
  /** Milliseconds since 1970, by log time. */
  readonly createdAtMs: number;
  /** Milliseconds since 1970, by log time: of the last change of configuration, status, quotas, description, labels or `cacheAnswers`. */
  readonly updatedAtMs: number;
}
