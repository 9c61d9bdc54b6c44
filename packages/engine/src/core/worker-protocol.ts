import type { BuildTask } from "./builder.js";
import type { TaskResult, TaskWork } from "./task-work.js";

/** Has a thread work on a graph, in slices between other requests. `target` numbers the graph. */
export interface StartRequest {
  readonly kind: "start";
  readonly target: number;
  readonly task: BuildTask;
  readonly memory: WebAssembly.Memory;
  readonly header: number;
  readonly scratch: number;
}

/** Has a thread do a piece of work at once, before it goes on building. */
export interface TaskRequest {
  readonly kind: "task";
  /** Numbers the task. */
  readonly task: number;
  /** Numbers the memory that the work is in. */
  readonly place: number;
  /** That memory, when this thread gets it for the first time: each copy that is sent weighs on the system. */
  readonly memory: WebAssembly.Memory | undefined;
  readonly work: TaskWork;
}

/** What the main thread asks of a worker. */
export type WorkerRequest =
  | StartRequest
  | { readonly kind: "stop"; readonly target: number }
  | TaskRequest
  | { readonly kind: "forget"; readonly place: number };

/** A target has nothing left to link, or is let go of. */
export interface BuildReply {
  readonly kind: "settled" | "stopped";
  readonly target: number;
}

/** What the worker says: also that it runs and reads requests, and that a task is done. */
export type WorkerReply =
  | BuildReply
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly task: number; readonly result: TaskResult };
