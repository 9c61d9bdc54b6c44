import { breathe, pause } from "../core/breathe.js";
import { calibrateGraph } from "../query/calibrate.js";
import { type Bounds, Pace } from "../query/pace.js";
import type { View } from "../query/view.js";
import type { Segment } from "../segment/segment.js";
import type { DataDirectory } from "./data-directory.js";
import type { OpenNamespace } from "./open-namespace.js";
import { stopSignal } from "./stopped-by.js";

/** A graph is measured again when it has grown by half. */
const GROWTH = 1.5;
/** A graph that links less than this of its segment is about to grow. */
const LINKED_SHARE = 0.9;
/** Work done at a time, and the rest after it: a fifth of one processor. */
const SLICE_MS = 1;
const REST_MS = 4;

/** Measures the graphs of one namespace for recall targets, one at a time, in the background unless somebody waits. */
export class Calibrator {
  readonly #directory: DataDirectory;
  readonly #namespace: OpenNamespace;
  readonly #openView: () => View;
  #running: Promise<void> | undefined;
  #waiting = 0;
  /** Ends a rest. */
  #wake = (): void => {};

  constructor(directory: DataDirectory, namespace: OpenNamespace, openView: () => View) {
    this.#directory = directory;
    this.#namespace = namespace;
    this.#openView = openView;
  }

  /** Begins to measure what is due, when nothing is being measured. Never throws: a failure is reported as an event. */
  want(): void {
    if (this.#running !== undefined || !this.#namespace.state.segments.some(isDue)) return;
    this.#running = this.#run()
      .catch((error: Error) => {
        if (this.#directory.closeSignal.aborted || this.#namespace.isGoing) return;
        this.#directory.emit({ kind: "background_error", task: "calibration", error });
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Returns when all that is due was measured, which takes the whole time of a processor meanwhile. */
  async now(): Promise<void> {
    this.#waiting++;
    // A rest keeps no process alive, but somebody who waits does.
    this.#wake();
    try {
      this.want();
      await this.#running;
    } finally {
      this.#waiting--;
    }
  }

  async #run(): Promise<void> {
    const { closeSignal } = this.#directory;
    const view = this.#openView();
    this.#namespace.watchers++;
    const woken = () =>
      new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    // A directory that closes does not wait for the end of a rest.
    const wake = () => this.#wake();
    closeSignal.addEventListener("abort", wake);
    const rest = () => {
      if (this.#waiting > 0 || closeSignal.aborted) return breathe();
      return Promise.race([pause(REST_MS), woken()]);
    };
    try {
      const pace = new CalibrationPace({ signal: stopSignal(this.#directory, this.#namespace) }, rest);
      await pace.next();
      for (const [i, { segment }] of view.segments.entries()) {
        if (!isDue(segment)) continue;
        const { graph } = segment;
        const calibration = await calibrateGraph(view, i, pace);
        // A graph that was given up meanwhile leaves a segment without one.
        if (segment.graph === graph) segment.calibration = calibration;
      }
    } finally {
      closeSignal.removeEventListener("abort", wake);
      view.release();
      this.#namespace.watchers--;
    }
  }
}

function isDue({ graph, count, calibration }: Segment): boolean {
  if (graph === undefined || graph.indexed < count * LINKED_SHARE) return false;
  return calibration === undefined || graph.indexed >= calibration.indexed * GROWTH;
}

class CalibrationPace extends Pace {
  readonly #rest: () => Promise<void>;
  #startedMs = performance.now();

  constructor(bounds: Bounds, rest: () => Promise<void>) {
    super(bounds);
    this.#rest = rest;
  }

  override get due(): boolean {
    return super.due || performance.now() - this.#startedMs >= SLICE_MS;
  }

  override async next(): Promise<void> {
    await this.#rest();
    this.check();
    this.#startedMs = performance.now();
  }
}
