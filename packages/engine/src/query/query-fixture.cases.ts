import type { Core } from "../core/core.js";
import { encodeMetadata } from "../metadata/codec.js";
import type { Metadata } from "../model/metadata.js";
import type { Metric } from "../model/namespace.js";
import type { QueryRequest } from "../model/query.js";
import type { SparseInput } from "../model/record.js";
import type { Segment, SegmentOptions } from "../segment/segment.js";
import { createSegment } from "../segment/segment-fixture.cases.js";
import { encodeSparse } from "../sparse/codec.js";
import { type Execution, executeQuery } from "./execute.js";
import type { Bounds } from "./pace.js";
import { type ValidQuery, validateQuery } from "./validate.js";
import { View } from "./view.js";

/** A record of a test. */
export interface RecordSketch {
  readonly id: string;
  /** Empty: none, as of all records of the segment. */
  readonly vector: readonly number[];
  readonly metadata?: Metadata;
  readonly text?: string;
  readonly sparse?: SparseInput;
  readonly expiresAtMs?: number;
  /** Default 1. */
  readonly version?: number;
}

/** A segment that holds these records; without a graph unless the options say otherwise. */
export function segmentOf(
  core: Core,
  records: readonly RecordSketch[],
  options: Partial<SegmentOptions> = {},
): Segment {
  const dimension = records[0]?.vector.length ?? 2;
  const segment = createSegment(core, { dimension, metric: "euclidean", ...options });
  for (const { id, vector, metadata, text, sparse, expiresAtMs, version = 1 } of records) {
    const bytes = metadata === undefined ? new Uint8Array() : encodeMetadata(metadata);
    const packed = sparse && encodeSparse(sparse);
    segment.append({
      id,
      vector: Float32Array.from(vector),
      metadata: bytes,
      text,
      sparse: packed,
      version,
      expiresAtMs,
    });
  }
  return segment;
}

/** Kills the slots of [from, to) for good, or softly. */
export function killRange(segment: Segment, from: number, to: number, sequence: number, soft = false): void {
  for (let slot = from; slot < to; slot++) segment.kill(slot, sequence, soft);
}

/** A view of some segments at a sequence past all of their writes, which owns them from now on. */
export function viewOf(segments: readonly Segment[], sequence = 1_000, nowMs = 0): View {
  const view = new View(segments, { sequence, nowMs }, segments[0]?.metric ?? "euclidean");
  for (const segment of segments) segment.release();
  return view;
}

/** A valid query against two dimensions under the euclidean metric, by the zero vector, unless said otherwise. */
export function validQuery(request: Partial<QueryRequest>, metric: Metric = "euclidean", dimension = 2): ValidQuery {
  const { id, sparse, text } = request;
  const full = [id, sparse, text].every((way) => way === undefined) ? { vector: [0, 0], ...request } : request;
  return validateQuery(full, { namespace: "docs", metric, dimension, limitMax: 10_000, efSearch: undefined });
}

/** The ids of an execution's hits, closest first. */
export function idsOf(view: View, { hits }: Pick<Execution, "hits">): string[] {
  return hits.map(({ segment, slot }) => view.segments[segment]!.segment.idOf(slot));
}

/** Runs a query on a view. */
export async function run(
  view: View,
  request: Partial<QueryRequest>,
  bounds: Bounds = {},
): Promise<{ readonly ids: string[]; readonly stats: Execution["stats"] }> {
  // Records without a vector lie in segments of dimension 0.
  const dimension = view.segments.find(({ segment }) => segment.dimension > 0)?.segment.dimension ?? 2;
  const execution = await executeQuery(validQuery(request, view.metric, dimension), view, bounds);
  return { ids: idsOf(view, execution), stats: execution.stats };
}
