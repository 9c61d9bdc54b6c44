import type { ScoreSink } from "../postings/top-search.js";
import type { TopK } from "./top-k.js";
import type { View } from "./view.js";

/** Offers what a search of one segment finds to the best of all segments, if the view sees it. */
export class SegmentSink implements ScoreSink {
  /** Visible slots that were offered. */
  offered = 0;
  readonly #top: TopK;
  readonly #view: View;
  readonly #index: number;
  readonly #exactScoreOf: ((slot: number) => number) | undefined;

  constructor(top: TopK, view: View, segmentIndex: number, exactScoreOf?: (slot: number) => number) {
    this.#top = top;
    this.#view = view;
    this.#index = segmentIndex;
    this.#exactScoreOf = exactScoreOf;
  }

  get threshold(): number {
    return 0 - this.#top.worst;
  }

  offer(slot: number, score: number): void {
    if (!this.#view.segments[this.#index]!.segment.isVisible(slot, this.#view)) return;
    this.offered++;
    this.#top.offer(0 - (this.#exactScoreOf?.(slot) ?? score), this.#index, slot);
  }
}
