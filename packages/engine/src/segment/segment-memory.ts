import type { SegmentMemory } from "../model/read.js";
import type { Segment } from "./segment.js";

/** Bytes that a segment holds in memory, by what they are. Cost: a look at each chunk of its columns. */
export function memoryOf(segment: Segment): SegmentMemory {
  const { columns, deaths, expiry, fields, graph, ids, inverted, orderBytes, resolved, vectors } = segment;
  return {
    graph: graph?.bytes ?? 0,
    vectors: vectors.bytes,
    ids: ids.bytes + orderBytes,
    metadata: columns.metadata.bytes + fields.bytes + resolved.bytes,
    text: columns.text.bytes + inverted.text.bytes,
    sparse: columns.sparse.bytes + inverted.sparse.bytes,
    other: columns.ownBytes + deaths.bytes + expiry.bytes,
  };
}

/** The sum of all parts. */
export function memoryBytesOf(memory: SegmentMemory): number {
  return Object.values(memory).reduce((sum, bytes) => sum + bytes, 0);
}
