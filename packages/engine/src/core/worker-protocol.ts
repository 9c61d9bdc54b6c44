import type { BuildTask } from "./builder.js";

/** What the main thread asks of the builder worker. `target` numbers a graph. */
export type WorkerRequest =
  | {
      readonly kind: "start";
      readonly target: number;
      readonly task: BuildTask;
      readonly memory: WebAssembly.Memory;
      readonly header: number;
      readonly scratch: number;
    }
  | { readonly kind: "stop"; readonly target: number };

/** What the worker says: a target has nothing left to link, or is let go of. */
export interface WorkerReply {
  readonly kind: "settled" | "stopped";
  readonly target: number;
}
