import type { CoreExports } from "./bind.js";

/** The exports that a builder calls, each with the units of work it shall do, until one did fewer. */
export type BuildTask = "build" | "assignSlots" | "repair" | "renumber";

/** What a builder knows of a graph. */
export interface BuildTarget {
  readonly task: BuildTask;
  readonly memory: WebAssembly.Memory;
  /** Core over `memory`, for building on this thread. */
  readonly exports: CoreExports;
  readonly header: number;
  /** Addresses of the builders' scratches: so many threads may build at once. */
  readonly scratches: readonly number[];
  readonly count: number;
  readonly indexed: number;
  /** Everything that had a code was linked; called on the main thread. */
  onSettled(): void;
  /** Builders died in the middle of an insert, and none is left: makes the graph fit to be built further. */
  onAbandoned(): void;
  /** The builder failed and has let go of the graph. */
  onFailed(error: Error): void;
}

/** Links the nodes of graphs behind the threads that append and search. */
export interface Builder {
  /** Asks that everything with a code be linked. Cheap when the target is being built already. */
  start(target: BuildTarget): void;
  /** Once it resolves, no thread writes to the target's memory until `start`. */
  stop(target: BuildTarget): Promise<void>;
  /** Someone waits for the builder: until `unhold` it keeps the process alive. */
  hold(): void;
  unhold(): void;
  close(): Promise<void>;
}
