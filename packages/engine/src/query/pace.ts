import { breathe, isTurnUsedUp, turnMs } from "../core/breathe.js";
import { VecstoreError } from "../errors.js";
import { assertBounds } from "./assert-bounds.js";
import type { Trace } from "./trace.js";

/** Work done on the main thread, by this caller and others, before long work gives up the turn. */
const SLICE_MS = 2;

/** The same while other threads work on the same query: what they find waits for the next turn. */
const SHARED_SLICE_MS = 0.1;

/** When to stop: the caller went away, or its time is over. */
export interface Bounds {
  /** Ends the work with CANCELED. */
  readonly signal?: AbortSignal;
  /** Ends the work with DEADLINE_EXCEEDED. Milliseconds since 1970. */
  readonly deadlineMs?: number;
}

/** Cuts long work into slices that leave the event loop room, and stops it when it is no longer wanted. */
export class Pace {
  #trace: Trace | undefined;
  readonly #bounds: Bounds;

  /** @throws VecstoreError INVALID_ARGUMENT for bounds that are none; CANCELED, DEADLINE_EXCEEDED when there is nothing to begin */
  constructor(bounds: Bounds, trace?: Trace) {
    this.#bounds = bounds;
    this.#trace = trace;
    assertBounds(bounds);
    this.check();
  }

  /** Where the time goes; only of a query that asks for it. */
  get trace(): Trace | undefined {
    return this.#trace;
  }

  /** Keeps where the time goes from now on, unless it is kept already. */
  follow(trace: Trace): void {
    this.#trace ??= trace;
  }

  /** True when the slice is used up: call `next` before going on. Asked between the steps of long work. */
  get due(): boolean {
    return turnMs() >= SLICE_MS;
  }

  /** As `due`, for work that other threads share, and for long work that small queries should hardly notice. */
  get isDueSoon(): boolean {
    return turnMs() >= SHARED_SLICE_MS;
  }

  /**
   * Lets others run first if this turn is used up. Asked before work that may be short.
   *
   * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
   */
  async begin(): Promise<void> {
    if (isTurnUsedUp()) await this.next();
  }

  /**
   * Lets others run, then begins a new slice.
   *
   * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
   */
  async next(): Promise<void> {
    const stage = this.trace?.enter("wait");
    await breathe();
    if (stage !== undefined) this.trace!.enter(stage);
    this.check();
  }

  /** @throws VecstoreError CANCELED, DEADLINE_EXCEEDED */
  check(): void {
    const { signal, deadlineMs } = this.#bounds;
    if (signal?.aborted) throw new VecstoreError("CANCELED", "the caller canceled the request");
    if (deadlineMs !== undefined && Date.now() >= deadlineMs) {
      throw new VecstoreError(
        "DEADLINE_EXCEEDED",
        "the deadline of the request has passed; ask for less or allow more time",
      );
    }
  }
}
