import type { Metric } from "../model/namespace.js";
import type { Segment } from "../segment/segment.js";

/** One segment as a view sees it. */
export interface SegmentView {
  readonly segment: Segment;
  /** Slots below this exist in the view. */
  readonly count: number;
  /** Of these, how many the view sees. */
  readonly visible: number;
}

/**
 * What a query runs on: the segments, how far each was filled, and the sequence. Immutable, and unmoved by later writes
 * and merges; holds the memory of its segments until `release`.
 */
export class View {
  readonly segments: readonly SegmentView[];
  readonly sequence: number;
  readonly metric: Metric;
  #open = true;

  /** @param sequence  of the last write: a view is taken of the present, and of nothing else */
  constructor(segments: readonly Segment[], sequence: number, metric: Metric) {
    this.segments = segments.map((segment) => ({ segment, count: segment.count, visible: segment.liveCount }));
    this.sequence = sequence;
    this.metric = metric;
    for (const segment of segments) segment.retain();
  }

  /** Lets the segments go; safe to call twice. */
  release(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { segment } of this.segments) segment.release();
  }
}
