import type { Metric } from "../model/namespace.js";
import type { Moment } from "../segment/moment.js";
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
 * What a query runs on: the segments, how far each was filled, and the moment. Immutable, and unmoved by later writes
 * and merges, and by time that passes; holds the memory of its segments until `release`.
 */
export class View implements Moment {
  readonly segments: readonly SegmentView[];
  readonly sequence: number;
  readonly nowMs: number;
  readonly metric: Metric;
  #open = true;

  /** @param moment  of the last write, at the present time: a view is taken of nothing else */
  constructor(segments: readonly Segment[], { sequence, nowMs }: Moment, metric: Metric) {
    this.segments = segments.map((segment) => ({
      segment,
      count: segment.count,
      visible: segment.liveCount - segment.expiry.countDue(nowMs).live,
    }));
    this.sequence = sequence;
    this.nowMs = nowMs;
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
