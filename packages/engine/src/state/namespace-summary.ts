import type { NamespaceSummary as StoredSummary } from "../gen/vecstore/storage/v1/manifest.js";
import { storedVectorTime, vectorMsOf } from "./vector-time.js";

/** What the catalog keeps of one segment, so that nobody opens the namespace to know it. */
export interface SegmentSummary {
  readonly number: number;
  readonly slots: number;
  readonly live: number;
  /** Dead for good. */
  readonly dead: number;
  /** Slots that the graph file links. */
  readonly indexed: number;
  readonly hasGraph: boolean;
  /** Of the vectors; 0 when the records have none. */
  readonly dimension: number;
  /** Part files. */
  readonly parts: number;
  readonly diskBytes: number;
}

/** What the newest checkpoint of a namespace holds: all that is said of it while it is not open. */
export interface NamespaceSummary {
  /** Entries up to this are in its files. */
  readonly sequence: number;
  readonly incarnation: number;
  /** Log time of the last of them. */
  readonly timeMs: number;
  readonly writesTotal: number;
  /** Records that count, those included whose time has passed and that no entry has removed. */
  readonly liveCount: number;
  readonly softCount: number;
  /** The earliest time of a record; infinite when none has one. */
  readonly nextExpiryMs: number;
  /** 0 before the first checkpoint. */
  readonly writtenAtMs: number;
  /** True when the checkpoint before the newest holds the same entries, so that neither needs the log. */
  readonly bothHold: boolean;
  /** Bytes it took in memory when it was open last. */
  readonly memoryBytes: number;
  /** The integral of the number of records over log time, up to `countedAtMs`, in record-milliseconds. */
  readonly vectorMs: bigint;
  readonly countedAtMs: number;
  /** Oldest first. */
  readonly segments: readonly SegmentSummary[];
}

/** Of a namespace that was never written to. */
export const EMPTY_SUMMARY: NamespaceSummary = {
  sequence: 0,
  incarnation: 1,
  timeMs: 0,
  writesTotal: 0,
  liveCount: 0,
  softCount: 0,
  nextExpiryMs: Number.POSITIVE_INFINITY,
  writtenAtMs: 0,
  bothHold: true,
  memoryBytes: 0,
  vectorMs: 0n,
  countedAtMs: 0,
  segments: [],
};

/** Bytes of the files of a namespace, snapshots apart. */
export function diskBytesOf({ segments }: NamespaceSummary): number {
  return segments.reduce((sum, segment) => sum + segment.diskBytes, 0);
}

/** A summary as the catalog's checkpoint keeps it. */
export function storedSummary(summary: NamespaceSummary): StoredSummary {
  return {
    sequence: BigInt(summary.sequence),
    incarnation: BigInt(summary.incarnation),
    timeMs: BigInt(summary.timeMs),
    writesTotal: BigInt(summary.writesTotal),
    liveCount: BigInt(summary.liveCount),
    softDeletedCount: BigInt(summary.softCount),
    nextExpiryMs: Number.isFinite(summary.nextExpiryMs) ? BigInt(summary.nextExpiryMs) : 0n,
    writtenAtMs: BigInt(summary.writtenAtMs),
    bothHold: summary.bothHold,
    memoryBytes: BigInt(summary.memoryBytes),
    ...storedVectorTime(summary),
    segments: summary.segments.map((segment) => ({ ...segment, diskBytes: BigInt(segment.diskBytes) })),
  };
}

/** A summary that was kept; undefined where an older program wrote the catalog. */
export function summaryOf(stored: StoredSummary | undefined): NamespaceSummary | undefined {
  if (stored === undefined) return undefined;
  return {
    sequence: Number(stored.sequence),
    incarnation: Number(stored.incarnation),
    timeMs: Number(stored.timeMs),
    writesTotal: Number(stored.writesTotal),
    liveCount: Number(stored.liveCount),
    softCount: Number(stored.softDeletedCount),
    nextExpiryMs: stored.nextExpiryMs === 0n ? Number.POSITIVE_INFINITY : Number(stored.nextExpiryMs),
    writtenAtMs: Number(stored.writtenAtMs),
    bothHold: stored.bothHold,
    memoryBytes: Number(stored.memoryBytes),
    vectorMs: vectorMsOf(stored),
    countedAtMs: Number(stored.countedAtMs),
    segments: stored.segments.map((segment) => ({ ...segment, diskBytes: Number(segment.diskBytes) })),
  };
}
