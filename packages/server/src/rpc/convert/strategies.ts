import type { QueryStrategy as EngineStrategy } from "@vecstore/engine";
import { QueryStrategy } from "../../gen/vecstore/v1/query_pb.js";

/** By the engine's names. */
export const STRATEGIES: Readonly<Record<EngineStrategy, QueryStrategy>> = {
  empty: QueryStrategy.EMPTY,
  flat_scan: QueryStrategy.FLAT_SCAN,
  graph: QueryStrategy.GRAPH,
  exact_scan: QueryStrategy.EXACT_SCAN,
  filter_scan: QueryStrategy.FILTER_SCAN,
  filtered_graph: QueryStrategy.FILTERED_GRAPH,
  inverted_index: QueryStrategy.INVERTED_INDEX,
  fused: QueryStrategy.FUSED,
};
