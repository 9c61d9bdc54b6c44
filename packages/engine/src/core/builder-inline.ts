import { VecstoreError } from "../errors.js";
import type { Builder, BuildTarget } from "./builder.js";
import { HEADER_STOP } from "./layout.js";
import { later, runSlice } from "./schedule.js";

/** One turn of building: short, because queries and writes wait for it. */
const SLICE_MS = 0.8;

/** Builds on the calling thread, a slice in each turn of the event loop, its targets in turn. */
export class InlineBuilder implements Builder {
  private readonly queue = new Set<BuildTarget>();
  private scheduled = false;

  start(target: BuildTarget): void {
    new Int32Array(target.memory.buffer)[(target.header + HEADER_STOP) / 4] = 0;
    this.queue.add(target);
    this.schedule();
  }

  async stop(target: BuildTarget): Promise<void> {
    this.queue.delete(target);
  }

  hold(): void {}
  unhold(): void {}

  async close(): Promise<void> {
    this.queue.clear();
  }

  private schedule(): void {
    if (this.scheduled || this.queue.size === 0) return;
    this.scheduled = true;
    later(() => {
      this.scheduled = false;
      this.turn();
      this.schedule();
    });
  }

  private turn(): void {
    const [target] = this.queue;
    if (!target) return;
    // To the back of the queue, so that graphs take turns.
    this.queue.delete(target);
    try {
      const { task, exports, header, scratches } = target;
      if (runSlice((most) => exports[task](header, scratches[0]!, most), SLICE_MS)) this.queue.add(target);
      else target.onSettled();
    } catch (error) {
      target.onFailed(new VecstoreError("INTERNAL", `building a graph failed: ${error}`, {}, { cause: error }));
    }
  }
}
