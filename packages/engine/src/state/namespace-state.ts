import type { Core } from "../core/core.js";
import type { Metric, NamespaceStatus, Quantization, TextAnalyzer } from "../model/namespace.js";
import type { Quotas } from "../model/quotas.js";
import { Segment } from "../segment/segment.js";
import { IdempotencyTable } from "./idempotency.js";

/** What never changes while a namespace lives, and what apply needs to make segments. */
export interface NamespaceContext {
  readonly number: number;
  readonly name: string;
  readonly metric: Metric;
  readonly m: number;
  readonly efConstruction: number;
  readonly quantization: Quantization;
  readonly textAnalyzer: TextAnalyzer;
  readonly core: Core;
  readonly graphRecordsMin: number;
  /** Slots of a segment; absent: as many as a graph of `LIMITS.graphBytesMax` holds. */
  readonly segmentRecordsMax?: number;
  /** u32, so that nobody can choose ids that collide in the table of a segment. */
  readonly randomSeed: () => number;
}

/** Where the newest slot of an id is. */
export interface Location {
  readonly segment: Segment;
  readonly slot: number;
}

/**
 * The logical state of one namespace, and the segments that hold it. Only `apply.ts` changes the logical part;
 * `replaceSegments` swaps segments for others with the same records.
 */
export class NamespaceState {
  readonly context: NamespaceContext;
  incarnation = 1;
  /** Sequence of the last entry applied. */
  sequence = 0;
  /** Log time of the last entry applied, milliseconds since 1970. */
  timeMs = 0;
  /** Writes applied since the namespace was created; repeated ones, and the removal of what has expired, are none. */
  writesTotal = 0;
  /** The integral of the number of records over log time, up to `countedAtMs`, in record-milliseconds. */
  vectorMs = 0n;
  /** Log time, milliseconds since 1970. */
  countedAtMs = 0;
  /** 0 until the first vector fixes it. */
  dimension: number;
  /** As of the last entry applied: the catalog's entries change it, in log order with the namespace's own. */
  status: NamespaceStatus = "active";
  /** As `status`. */
  quotas: Quotas = {};
  idempotency = new IdempotencyTable();
  nextSegmentNumber = 1;
  #segments: readonly Segment[] = [];

  constructor(context: NamespaceContext, dimension: number) {
    this.context = context;
    this.dimension = dimension;
  }

  /**
   * Oldest first among those with vectors, and among those without; the last one of each takes writes. The array is never changed,
   * only replaced.
   */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Records that count: visible ones, and those whose time has passed and that no entry has removed yet. */
  get liveCount(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.liveCount, 0);
  }

  /** Visible records. Cost: O(k) for k records whose time has passed and that no entry has removed yet. */
  visibleCount(nowMs: number): number {
    return this.#segments.reduce((sum, segment) => sum + segment.liveCount - segment.expiry.countDue(nowMs).live, 0);
  }

  /** Soft-deleted records that can be brought back. Cost: as `visibleCount`. */
  hiddenCount(nowMs: number): number {
    return this.#segments.reduce((sum, { softCount, expiry }) => sum + softCount - expiry.countDue(nowMs).soft, 0);
  }

  /** Soft-deleted records that count. */
  get softCount(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.softCount, 0);
  }

  /** The earliest time of a record that is not gone; infinite when none has one. */
  get nextExpiryMs(): number {
    return this.#segments.reduce((first, segment) => Math.min(first, segment.expiry.nextMs), Number.POSITIVE_INFINITY);
  }

  /**
   * No record expires after `afterMs` and before this; infinite when none does after it. Cost: O(k) for k records whose time
   * has passed by then and that no entry has removed yet.
   */
  nextExpiryAfterMs(afterMs: number): number {
    return this.#segments.reduce(
      (first, { expiry }) => Math.min(first, expiry.nextAfterMs(afterMs)),
      Number.POSITIVE_INFINITY,
    );
  }

  /** Slots that a merge reclaims. */
  get deadCount(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.deadCount, 0);
  }

  /** Slots that no graph links yet although their segment has one: each costs a query a scanned record. */
  get backlog(): number {
    let sum = 0;
    for (const segment of this.#segments) if (segment.graph !== undefined) sum += segment.count - segment.indexed;
    return sum;
  }

  /** The newest slot of `id`, alive or dead. Cost: one probe per segment. */
  locate(id: string): Location | undefined {
    let found: Location | undefined;
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const segment = this.#segments[i]!;
      // Older ones of the same kind hold older slots only.
      if (found?.segment.dimension === segment.dimension) continue;
      const slot = segment.find(id);
      if (slot < 0) continue;
      if (found === undefined || segment.versionOf(slot) > found.segment.versionOf(found.slot))
        found = { segment, slot };
    }
    return found;
  }

  /**
   * The segment that takes the next record; begins one when there is none or the last is full.
   *
   * @param dimension  of the record's vector, 0 when it has none: such records lie in segments of their own, so that they
   *                   cost no vectors and no graph has to pass them over
   */
  writable(dimension: number): Segment {
    const last = this.#segments.findLast((segment) => segment.dimension === dimension);
    if (last !== undefined && !last.full) return last;
    const segment = this.createSegment(0, dimension);
    this.#segments = [...this.#segments, segment];
    return segment;
  }

  /**
   * Makes a segment that is not yet part of the state.
   *
   * @param slotsMin  what it must hold, also where `segmentRecordsMax` was higher when those records were written
   */
  createSegment(slotsMin = 0, dimension = this.dimension, number = this.nextSegmentNumber++): Segment {
    const { metric, m, efConstruction, quantization, textAnalyzer, core } = this.context;
    const { graphRecordsMin, segmentRecordsMax, randomSeed } = this.context;
    return new Segment({
      number,
      dimension,
      metric,
      m,
      efConstruction,
      quantization,
      textAnalyzer,
      seed: randomSeed(),
      core,
      graphRecordsMin,
      slotsMax: segmentRecordsMax === undefined ? undefined : Math.max(segmentRecordsMax, slotsMin),
    });
  }

  /** Puts `segments` in place of the present ones and lets those go that are not among them. */
  replaceSegments(segments: readonly Segment[]): void {
    const old = this.#segments;
    this.#segments = segments;
    for (const segment of old) if (!segments.includes(segment)) segment.release();
  }

  release(): void {
    this.replaceSegments([]);
  }
}
