import type { NamespaceManifest, SegmentManifest } from "../gen/vecstore/storage/v1/manifest.js";
import { memoryBytesOf, memoryOf } from "../segment/segment-memory.js";
import type { NamespaceState } from "../state/namespace-state.js";
import type { NamespaceSummary, SegmentSummary } from "../state/namespace-summary.js";
import type { NamespaceFiles } from "./namespace-files.js";

/** Bytes of the objects around an open namespace and its segment, whatever it holds: what `npm run bench -- namespaces` finds beside the columns. */
const OVERHEAD_BYTES = 32 * 1024;

/** What a summary needs of the state, as of the moment of a checkpoint. */
export interface Counted {
  readonly liveCount: number;
  readonly softCount: number;
  readonly nextExpiryMs: number;
  readonly memoryBytes: number;
  readonly vectorMs: bigint;
  readonly countedAtMs: number;
  /** By number. */
  readonly segments: ReadonlyMap<number, Pick<SegmentSummary, "live" | "dead">>;
}

/** Bytes of memory that a namespace takes. Cost: a look at each chunk of its columns. */
export function memoryBytesIn({ segments }: NamespaceState): number {
  return segments.reduce((sum, segment) => sum + memoryBytesOf(memoryOf(segment)), OVERHEAD_BYTES);
}

/** Counts a namespace as it is in this turn. */
export function countState(state: NamespaceState): Counted {
  const { liveCount, softCount, nextExpiryMs, vectorMs, countedAtMs } = state;
  const segments = new Map(
    state.segments.map((segment) => [segment.number, { live: segment.liveCount, dead: segment.deadCount }]),
  );
  const memoryBytes = memoryBytesIn(state);
  return { liveCount, softCount, nextExpiryMs, memoryBytes, vectorMs, countedAtMs, segments };
}

/**
 * What is said of a namespace while it is not open.
 *
 * @param counted   as of the moment of the manifest
 * @param manifest  the newest of `files`
 */
export function summarize(counted: Counted, files: NamespaceFiles, manifest: NamespaceManifest): NamespaceSummary {
  const sequence = Number(manifest.sequence);
  return {
    sequence,
    incarnation: Number(manifest.incarnation),
    timeMs: Number(manifest.timeMs),
    writesTotal: Number(manifest.writesTotal),
    liveCount: counted.liveCount,
    softCount: counted.softCount,
    nextExpiryMs: counted.nextExpiryMs,
    writtenAtMs: Number(manifest.writtenAtMs),
    bothHold: files.bothHold(sequence) && !files.areLogged,
    memoryBytes: counted.memoryBytes,
    vectorMs: counted.vectorMs,
    countedAtMs: counted.countedAtMs,
    segments: manifest.segments.map((stored) => summarizeSegment(stored, manifest.dimension, counted)),
  };
}

function summarizeSegment(stored: SegmentManifest, dimension: number, { segments }: Counted): SegmentSummary {
  const files = [...stored.parts, stored.deaths, stored.graph].filter((file) => file !== undefined);
  const { live = 0, dead = 0 } = segments.get(stored.number) ?? {};
  return {
    number: stored.number,
    slots: stored.slots,
    live,
    dead,
    indexed: stored.graphIndexed,
    hasGraph: stored.graph !== undefined,
    dimension: stored.withoutVectors ? 0 : dimension,
    parts: stored.parts.length,
    diskBytes: files.reduce((sum, { bytes }) => sum + Number(bytes), 0),
  };
}
