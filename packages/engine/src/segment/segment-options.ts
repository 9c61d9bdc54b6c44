import type { Core } from "../core/core.js";
import type { Metric, Quantization, TextAnalyzer } from "../model/namespace.js";

/** What a segment is made with. */
export interface SegmentOptions {
  /** Names the segment within its namespace. */
  readonly number: number;
  /** 0 for records without vectors. */
  readonly dimension: number;
  readonly metric: Metric;
  readonly m: number;
  readonly efConstruction: number;
  /** Default int8. */
  readonly quantization?: Quantization;
  /** u32; seeds the id table and the layers of the graph. */
  readonly seed: number;
  readonly core: Core;
  /** Default `standard`. */
  readonly textAnalyzer?: TextAnalyzer;
  /** Slots after which the segment is full; default what a graph of `LIMITS.graphBytesMax` holds. */
  readonly slotsMax?: number;
  /** Slots from which on there is a graph. Default `LIMITS.graphRecordsMin`; tests lower it. */
  readonly graphRecordsMin?: number;
}
