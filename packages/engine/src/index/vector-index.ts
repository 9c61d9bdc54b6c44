/** The slots closest to a query, ascending by f32 distance, ties by slot. The caller owns the arrays. */
export interface VectorHits {
  readonly slots: Uint32Array;
  /** As `Vectors` computes them: smaller is closer, euclidean squared. */
  readonly distances: Float32Array;
  /** True when a closer slot may have been missed. */
  readonly approximate: boolean;
}

/** What a search wants. */
export interface VectorSearchOptions {
  /** Hits wanted; fewer come back only when the index holds fewer. */
  readonly limit: number;
  /** Candidates of a graph search, at least `limit`; exact indexes ignore it. Default max(64, 2 * limit). */
  readonly ef?: number;
}

/** Vectors by slot and a way to find the closest; vector-index.cases.ts says how every implementation behaves. */
export interface VectorIndex {
  readonly count: number;

  /**
   * @param vectors  f32[n * dimension]; searchable when this returns
   * @returns        slot of the first one
   */
  add(vectors: Float32Array): number;

  /** @param query  f32[dimension] */
  search(query: Float32Array, options: VectorSearchOptions): VectorHits;

  /** Resolves when no building is left to do. */
  settled(): Promise<void>;

  release(): Promise<void>;
}
