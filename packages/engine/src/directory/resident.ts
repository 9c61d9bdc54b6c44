import type { OpenNamespace } from "./open-namespace.js";
import { memoryBytesIn } from "./summarize.js";
import { vectorBytesOf } from "./vector-memory.js";

/** How much a namespace changes before its memory is counted again: a sixteenth, and some records. */
const CHANGE_SHARE = 1 / 16;
const CHANGE_SLOTS = 64;

/** A namespace in memory, and who uses it. */
export class Resident {
  readonly namespace: OpenNamespace;
  /** Calls that run on it. */
  pins = 0;
  /** True while it is being let go: a call that comes now waits, and opens it again. */
  isLeaving = false;
  /** True when it could not be let go, until a checkpoint of it is made. */
  isStuck = false;
  /** Memory it took when it was counted last. */
  bytes: number;
  /** Of them, vectors. */
  vectorBytes: number;
  #segments: unknown;
  #slots: number;

  constructor(namespace: OpenNamespace) {
    this.namespace = namespace;
    this.bytes = memoryBytesIn(namespace.state);
    this.vectorBytes = vectorBytesOf([namespace]);
    this.#segments = namespace.state.segments;
    this.#slots = slotsOf(namespace);
  }

  /** Counts its memory again when it has changed by much. Returns whether it did. */
  count(): boolean {
    const { namespace } = this;
    const slots = slotsOf(namespace);
    const isSame =
      namespace.state.segments === this.#segments &&
      Math.abs(slots - this.#slots) <= CHANGE_SLOTS + this.#slots * CHANGE_SHARE;
    if (isSame) return false;
    this.bytes = memoryBytesIn(namespace.state);
    this.#segments = namespace.state.segments;
    this.vectorBytes = vectorBytesOf([namespace]);
    this.#slots = slots;
    return true;
  }

  /** True when it can be let go now: nothing runs on it, neither a call nor work in the background. */
  get isIdle(): boolean {
    const { pins, isLeaving, isStuck, namespace } = this;
    const { isGoing, merging, merges, maintenance, pending, state, watchers } = namespace;
    if (pins > 0 || isLeaving || isStuck || isGoing || merging || watchers > 0) return false;
    // A graph that is being built is done soon, and would begin where it was written last.
    return pending.size === 0 && merges.isIdle && maintenance.isIdle && state.backlog === 0;
  }
}

/** Counts what memory grows with: slots, and what of them is in the columns and inverted indexes that are filled behind them. */
function slotsOf({ state }: OpenNamespace): number {
  return state.segments.reduce((sum, { count, filled, inverted }) => sum + count + filled + inverted.count, 0);
}
